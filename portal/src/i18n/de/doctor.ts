import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['doctor']> = {
  'inbox.none.text': 'Neue Anfragen an Sie oder Ihr Fachgebiet erscheinen hier, die eiligen zuerst.',
  'inbox.none.title': 'Niemand wartet',
  'inbox.title': 'Anfragen',
  'pending.text': 'Die Praxis prüft Ihre Approbation. Danach bekommen Sie eine E-Mail und sehen hier Anfragen.',
  'pending.title': 'Ihr Konto wartet auf die Freigabe',
  'urgency.emergency': 'Notfall',
  'urgency.routine': 'Normal',
  'urgency.urgent': 'Eilig',
};
