import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['doctor']> = {
  'inbox.none.text': 'Las solicitudes para usted o su especialidad aparecen aquí, primero las urgentes.',
  'inbox.none.title': 'Nadie espera',
  'inbox.title': 'Solicitudes',
  'pending.text': 'La clínica comprueba su licencia. Recibirá un correo en cuanto termine y verá aquí las solicitudes.',
  'pending.title': 'Su cuenta espera la aprobación',
  'urgency.emergency': 'Emergencia',
  'urgency.routine': 'Normal',
  'urgency.urgent': 'Urgente',
};
