import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['patient']> = {
  'requests.asked': 'Gefragt {when}',
  'requests.hello': 'Guten Tag, {name}.',
  'requests.none.text': 'Wenn Sie ärztlichen Rat suchen, finden Sie hier die Anfrage und das Gespräch.',
  'requests.none.title': 'Noch keine Anfragen',
  'requests.title': 'Meine Anfragen',
  'status.accepted': 'Im Gespräch',
  'status.cancelled': 'Abgesagt',
  'status.closed': 'Abgeschlossen',
  'status.declined': 'Abgelehnt',
  'status.diagnosed': 'Diagnose liegt vor',
  'status.submitted': 'Wartet',
};
