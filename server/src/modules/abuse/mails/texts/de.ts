import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const german: Translation<typeof english> = {
  subject: 'Etwas sieht nach Missbrauch aus',
  waiting: {
    one: 'ein Fall wartet darauf, dass die Verwaltung ihn ansieht. Was sich ohne Sie tun ließ, ist getan: In der Liste sehen Sie, was, warum und bis wann, und können es aufheben.',
    other:
      '{count} Fälle warten darauf, dass die Verwaltung sie ansieht. Was sich ohne Sie tun ließ, ist getan: In der Liste sehen Sie, was, warum und bis wann, und können es aufheben.',
  },
  atMost: 'Diese E-Mail erhalten Sie höchstens einmal in der Stunde.',
  label: 'Liste öffnen',
};
