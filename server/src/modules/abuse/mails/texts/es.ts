import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const spanish: Translation<typeof english> = {
  subject: 'Algo parece un abuso',
  waiting: {
    one: 'Un caso espera a que lo mire un administrador. Lo que se podía hacer sin usted está hecho: en la lista ve qué, por qué y hasta cuándo, y puede levantarlo.',
    other:
      '{count} casos esperan a que los mire un administrador. Lo que se podía hacer sin usted está hecho: en la lista ve qué, por qué y hasta cuándo, y puede levantarlo.',
  },
  atMost: 'Recibe este correo como mucho una vez por hora.',
  label: 'Abrir la lista',
};
