import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const spanish: Translation<typeof english> = {
  subject: {
    booked: 'Su cita está reservada',
    moved: 'Su cita se ha cambiado',
    'handed-over': 'Su cita se ha cancelado',
    cancelled: 'Su cita se ha cancelado',
    reminder: 'Se acerca su cita',
    'no-show': 'No acudió a su cita',
  },
  patient: {
    booked: 'Su cita está reservada. La sala se abre poco antes de que empiece; entre entonces.',
    moved: 'Su cita es ahora a otra hora. Si no le conviene, entre para cambiarla o cancelarla.',
    'handed-over':
      'El médico con quien tenía esta cita ha traspasado su solicitud, como usted aceptó, y por eso se ha cancelado. Entre para escribir a su nuevo médico o para reservar una hora con él.',
    cancelled: 'Su cita se ha cancelado. Entre para ver por qué o para reservar otra.',
    reminder: 'Este es un recordatorio de su cita. La sala se abre poco antes de que empiece; entre entonces.',
    'no-show': 'El médico le esperó y ha marcado la cita como perdida. Entre para reservar otra.',
  },
  doctor: {
    booked: 'Un paciente ha reservado una cita con usted. La sala se abre poco antes de que empiece.',
    moved: 'Una cita con usted es ahora a otra hora.',
    'handed-over':
      'Ha traspasado la solicitud para la que era esta cita, y por eso se ha cancelado. La hora vuelve a estar libre.',
    cancelled: 'Una cita con usted se ha cancelado. La hora vuelve a estar libre.',
    reminder: 'Este es un recordatorio de una cita con usted.',
  },
  successor:
    'Para una solicitud que usted ha tomado había una cita con el médico anterior. Se ha cancelado. Si el paciente necesita una hora con usted, escríbale, por favor.',
  when: 'Cuándo: {start} a {end} ({zone})',
  label: 'Ver sus citas',
  toRequest: 'Abrir la solicitud',
  event: 'Consulta en Openward',
};
