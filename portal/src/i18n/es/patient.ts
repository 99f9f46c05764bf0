import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['patient']> = {
  'requests.asked': 'Solicitada {when}',
  'requests.hello': 'Hola, {name}.',
  'requests.none.text': 'Cuando pregunte a un médico, encontrará aquí la solicitud y la conversación.',
  'requests.none.title': 'Aún no hay solicitudes',
  'requests.title': 'Mis solicitudes',
  'status.accepted': 'En conversación',
  'status.cancelled': 'Cancelada',
  'status.closed': 'Cerrada',
  'status.declined': 'Rechazada',
  'status.diagnosed': 'Con diagnóstico',
  'status.submitted': 'En espera',
};
