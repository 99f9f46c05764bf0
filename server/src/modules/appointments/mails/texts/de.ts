import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const german: Translation<typeof english> = {
  subject: {
    booked: 'Ihr Termin ist gebucht',
    moved: 'Ihr Termin wurde verlegt',
    'handed-over': 'Ihr Termin wurde abgesagt',
    cancelled: 'Ihr Termin wurde abgesagt',
    reminder: 'Ihr Termin steht bevor',
    'no-show': 'Sie haben Ihren Termin versäumt',
  },
  patient: {
    booked: 'Ihr Termin ist gebucht. Der Raum dafür öffnet sich kurz vor Beginn; melden Sie sich dann an.',
    moved:
      'Ihr Termin ist jetzt zu einer anderen Zeit. Wenn sie Ihnen nicht passt, melden Sie sich an, um ihn zu verlegen oder abzusagen.',
    'handed-over':
      'Ihre Anfrage wurde, wie von Ihnen gewünscht, übergeben; deshalb wurde dieser Termin abgesagt. Melden Sie sich an, um der neuen Praxis zu schreiben oder dort einen Termin zu buchen.',
    cancelled: 'Ihr Termin wurde abgesagt. Melden Sie sich an, um zu sehen, warum, oder um einen anderen zu buchen.',
    reminder:
      'dies ist eine Erinnerung an Ihren Termin. Der Raum dafür öffnet sich kurz vor Beginn; melden Sie sich dann an.',
    'no-show':
      'es wurde auf Sie gewartet, und der Termin ist als versäumt vermerkt. Melden Sie sich an, um einen anderen zu buchen.',
  },
  doctor: {
    booked: 'bei Ihnen wurde ein Termin gebucht. Der Raum dafür öffnet sich kurz vor Beginn.',
    moved: 'ein Termin bei Ihnen ist jetzt zu einer anderen Zeit.',
    'handed-over':
      'Sie haben die Anfrage übergeben, für die dieser Termin war; deshalb wurde er abgesagt. Die Zeit ist wieder frei.',
    cancelled: 'ein Termin bei Ihnen wurde abgesagt. Die Zeit ist wieder frei.',
    reminder: 'dies ist eine Erinnerung an einen Termin bei Ihnen.',
  },
  successor:
    'für eine Anfrage, die Sie übernommen haben, gab es einen Termin bei der vorigen Praxis. Er wurde abgesagt. Wird ein Termin bei Ihnen gebraucht, schreiben Sie bitte.',
  when: 'Wann: {start} bis {end} ({zone})',
  label: 'Ihre Termine ansehen',
  toRequest: 'Anfrage öffnen',
  event: 'Openward-Sprechstunde',
};
