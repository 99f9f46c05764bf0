import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['admin']> = {
  'role.admin': 'Administración',
  'role.doctor': 'Médico',
  'role.patient': 'Paciente',
  'status.active': 'Activa',
  'status.banned': 'Bloqueada',
  'status.deleted': 'Eliminada',
  'status.pending-approval': 'Espera aprobación',
  'users.email': 'Correo electrónico',
  'users.name': 'Nombre',
  'users.role': 'Función',
  'users.since': 'Desde',
  'users.status': 'Estado',
  'users.title': 'Personas',
};
