import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const spanish: Translation<typeof english> = {
  kinds: {
    'request-accepted': {
      subject: 'Un médico ha tomado su solicitud',
      text: 'Un médico ha tomado su solicitud y ya puede hablar con usted.',
    },
    'request-declined': {
      subject: 'Su solicitud fue rechazada',
      text: 'El médico al que consultó no puede tomar su solicitud. Por favor, consulte a otro.',
    },
    'request-handed-back': {
      subject: 'Su solicitud espera a otro médico',
      text: 'El médico que tenía su solicitud ya no puede atenderla. Ahora está abierta a los demás médicos de la especialidad; usted no tiene que hacer nada.',
    },
    'request-diagnosed': {
      subject: 'Hay novedades en su solicitud',
      text: 'Su médico le ha escrito algo. Entre para leerlo.',
    },
    'request-corrected': {
      subject: 'Se ha corregido algo en su historia',
      text: 'Su médico ha corregido algo que le había escrito. Entre para leer qué vale ahora y por qué. Un resumen que haya impreso antes ya no es el más reciente.',
    },
    'request-lease-ended': {
      subject: 'Su solicitud espera a otro médico',
      text: 'El médico que tomó su solicitud no ha empezado a tiempo. Vuelve a estar abierta a todos los médicos de la especialidad, en el lugar que tenía; usted no tiene que hacer nada.',
    },
    'waiting-long': {
      subject: 'Esperan pacientes en su especialidad',
      text: 'Un paciente que quizá le necesita lleva esperando más de lo debido. Si puede, mire su bandeja y tome la solicitud. Se le avisa de esto como mucho una vez cada cuarto de hora.',
    },
    'lease-ended': {
      subject: 'Una solicitud que tomó vuelve a esperar',
      text: 'Tomó una solicitud y no escribió nada a tiempo. Para que el paciente no espere en vano, vuelve a estar abierta a todos los médicos de su especialidad. Puede tomarla otra vez si nadie lo ha hecho: con un primer mensaje al paciente sigue siendo suya.',
    },
    'request-received': {
      subject: { one: 'Le espera una solicitud', other: 'Le esperan {count} solicitudes' },
      text: {
        one: 'Un paciente le ha consultado. Entre para tomar la solicitud o rechazarla.',
        other: '{count} pacientes le han consultado. Entre para tomar las solicitudes o rechazarlas.',
      },
    },
    'urgent-request-received': {
      subject: 'Le espera una solicitud que corre prisa',
      text: 'Un paciente le ha consultado y no puede esperar mucho. Entre ahora para tomar la solicitud, o rechácela para que el paciente consulte a otra persona.',
    },
    'doctor-left': {
      subject: 'Su médico ya no está aquí',
      text: 'El médico que le trataba se ha ido, así que su solicitud se ha cerrado. Todo lo que se escribió sigue a su disposición. Si aún necesita atención, envíe por favor una solicitud nueva.',
    },
    'transfer-offered': {
      subject: 'Su médico pide su consentimiento',
      text: 'Su médico quisiera traspasar su solicitud a un colega. Nada ocurre sin su consentimiento: entre para ver a quién, y decida.',
    },
    'transfer-waiting': {
      subject: 'Un colega quiere traspasarle un paciente',
      text: 'Un colega quisiera traspasarle un paciente, y el paciente ha dado su consentimiento. Entre para verlo y tómelo o rechácelo.',
    },
    'transfer-done': {
      subject: 'El traspaso está hecho',
      text: 'El traspaso que se acordó está hecho: ahora la solicitud la tiene el otro médico.',
    },
    'transfer-over': {
      subject: 'El traspaso no se hace',
      text: 'El traspaso que se propuso no se hace. Entre para ver cómo está la solicitud.',
    },
    'new-message': {
      subject: 'Tiene un mensaje nuevo',
      text: 'Alguien le ha escrito. Entre para leerlo. No recibirá más correos sobre esta conversación hasta que haya entrado.',
    },
    'appointment-changed': {
      subject: 'Hay novedades de una cita',
      text: 'Una cita suya se ha reservado, cambiado, cancelado o perdido. Entre para verla.',
    },
    'appointment-reminder': {
      subject: 'Se acerca su cita',
      text: 'Este es un recordatorio de una cita.',
    },
    'appeal-received': {
      subject: {
        one: 'Una alegación contra un bloqueo espera respuesta',
        other: '{count} alegaciones contra bloqueos esperan respuesta',
      },
      text: {
        one: 'Una persona bloqueada pide que se vuelva a examinar su bloqueo. Entre para responder.',
        other: '{count} personas bloqueadas piden que se vuelva a examinar su bloqueo. Entre para responder.',
      },
    },
    'nobody-takes': {
      subject: 'Una solicitud espera y nadie la toma',
      text: 'Una solicitud lleva esperando más de lo debido, y los médicos de su especialidad, a los que se avisó, no la han tomado. Procure que haya alguien.',
    },
  },
  choose: 'Los correos que recibe se eligen en «Avisos».',
  label: 'Abrir Openward',
};
