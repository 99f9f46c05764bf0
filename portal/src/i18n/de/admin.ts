import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['admin']> = {
  'role.admin': 'Verwaltung',
  'role.doctor': 'Ärztin/Arzt',
  'role.patient': 'Patient/in',
  'status.active': 'Aktiv',
  'status.banned': 'Gesperrt',
  'status.deleted': 'Gelöscht',
  'status.pending-approval': 'Wartet auf Freigabe',
  'users.email': 'E-Mail-Adresse',
  'users.name': 'Name',
  'users.role': 'Rolle',
  'users.since': 'Seit',
  'users.status': 'Status',
  'users.title': 'Personen',
};
