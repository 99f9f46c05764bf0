import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const spanish: Translation<typeof english> = {
  links: {
    'verify-email': {
      subject: 'Confirme su dirección',
      paragraphs: ['Confirme que esta dirección es suya. El enlace vale durante 24 horas.'],
      label: 'Confirmar la dirección',
    },
    'reset-password': {
      subject: 'Elija una contraseña nueva',
      paragraphs: [
        'Alguien, esperamos que usted, ha pedido una contraseña nueva. El enlace vale durante 20 minutos. Si no fue usted, no haga nada: la contraseña se queda como está.',
      ],
      label: 'Elegir una contraseña nueva',
    },
    'set-password': {
      subject: 'Su cuenta está lista',
      paragraphs: [
        'Se ha creado una cuenta para usted. Elija una contraseña para usarla. El enlace vale durante 20 minutos; después, pida otro en «¿Olvidó su contraseña?».',
      ],
      label: 'Elegir una contraseña',
    },
    'confirm-email': {
      subject: 'Confirme su dirección nueva',
      paragraphs: ['Confirme que esta es su dirección nueva. El enlace vale durante 20 minutos.'],
      label: 'Confirmar la dirección nueva',
    },
    'confirm-deletion': {
      subject: 'Confirme que quiere eliminar su cuenta',
      paragraphs: [
        'Nos ha pedido que eliminemos su cuenta. No se puede deshacer. El enlace vale durante 20 minutos. Si no fue usted, cambie su contraseña ahora.',
      ],
      label: 'Eliminar la cuenta',
    },
    'undo-email-change': {
      subject: 'Se ha cambiado su dirección',
      paragraphs: [
        'Desde ahora su cuenta usa otra dirección, y se ha cerrado la sesión en sus otros dispositivos. Si fue usted, no haga nada.',
        'Si no fue usted, deshágalo con este enlace: esta dirección vuelve a valer, se cierran todas las sesiones y usted elige una contraseña nueva. El enlace vale durante siete días, sea lo que sea que se cambie entretanto en la cuenta.',
      ],
      label: 'No fui yo: deshacer el cambio',
    },
  },
  emailChange: {
    asked: {
      subject: 'Alguien quiere cambiar su dirección',
      text: 'Alguien, esperamos que usted, ha pedido usar otra dirección para su cuenta. Hasta que esa dirección se confirme no cambia nada. Si no fue usted, cambie su contraseña ahora.',
    },
    restored: {
      subject: 'Su dirección vuelve a valer',
      text: 'Se ha deshecho el cambio de su dirección: su cuenta vuelve a usar esta. Se han cerrado todas las sesiones y la contraseña ya no vale. Elija una nueva con el enlace de nuestro otro correo, o en «¿Olvidó su contraseña?», y revise su segundo factor y su perfil.',
    },
    undone: {
      subject: 'Se ha deshecho el cambio de su dirección',
      text: 'Quien tiene la dirección que su cuenta usaba antes ha deshecho el cambio: la cuenta ya no usa esta dirección y se han cerrado todas las sesiones. Si la cuenta es suya y no lo quería, escriba enseguida a la clínica.',
    },
  },
  addressKept: {
    subject: 'Esta dirección se guarda para su última cuenta',
    text: 'Alguien, quizá usted, quiere usar esta dirección para una cuenta. Una cuenta que la tenía ha cambiado a otra, y hasta el {until} ese cambio se puede deshacer con el enlace que enviamos aquí. Si el cambio no fue suyo, deshágalo ahora; si quiere la dirección para otra cuenta, inténtelo de nuevo después de esa hora.',
  },
  newDevice: {
    subject: 'Un acceso desde un dispositivo nuevo',
    paragraphs: [
      'Alguien, esperamos que usted, ha entrado en su cuenta desde un dispositivo o un lugar que no se usaba últimamente: {device}, el {when}, desde la dirección {ip}.',
      'Si fue usted, no haga nada. Si no, cierre esa sesión en la lista de sus dispositivos y cambie su contraseña enseguida.',
    ],
    device: { unknown: 'dispositivo desconocido', unknownBrowser: 'navegador desconocido', on: '{name} en {system}' },
    unknownAddress: 'desconocida',
    label: 'Ver sus dispositivos',
  },
  recoveryCode: {
    subject: 'Se ha usado un código de recuperación',
    used: {
      one: 'Se ha usado uno de sus códigos de recuperación como segundo factor. Le queda {count} código sin usar.',
      other: 'Se ha usado uno de sus códigos de recuperación como segundo factor. Le quedan {count} códigos sin usar.',
    },
    few: 'Desactive todos los segundos factores y vuelva a activar uno para recibir códigos nuevos.',
    notYou: 'Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?» y escriba a la clínica.',
  },
  appeal: {
    lift: {
      subject: 'Su bloqueo se ha levantado',
      text: 'Hemos vuelto a examinar su bloqueo y lo hemos levantado. Ya puede entrar.',
    },
    keep: {
      subject: 'Su bloqueo se mantiene',
      text: 'Hemos vuelto a examinar su bloqueo, y se mantiene. Al entrar verá hasta cuándo.',
    },
  },
  approval: {
    approved: {
      subject: 'Su cuenta está aprobada',
      text: 'Un administrador ha aprobado su cuenta. Los pacientes ya le encuentran, y usted puede tomar solicitudes.',
    },
    'change-approved': {
      subject: 'Su cambio está aprobado',
      text: 'Un administrador ha aprobado lo que pidió cambiar. Desde ahora los pacientes le encuentran con ello.',
    },
    rejected: {
      subject: 'Su cuenta no está aprobada',
      text: 'Un administrador ha examinado su cuenta y no la ha aprobado. Puede corregir lo que falta y presentarla de nuevo.',
    },
    'change-rejected': {
      subject: 'Su cambio no está aprobado',
      text: 'Un administrador no ha aprobado lo que pidió cambiar. Su aprobación sigue como antes, y puede pedirlo de nuevo.',
    },
    reason: 'Lo que ha escrito el administrador: {reason}',
    label: 'Abrir Openward',
  },
  labels: { logIn: 'Entrar', notMe: 'No fui yo', seeWhy: 'Ver por qué' },
  notices: {
    'already-registered': {
      subject: 'Ya tiene una cuenta',
      text: 'Alguien, quizá usted, ha intentado registrarse con esta dirección. Ya tiene una cuenta: entre, o elija una contraseña nueva en «¿Olvidó su contraseña?». Si no fue usted, no ha pasado nada.',
    },
    'password-changed': {
      subject: 'Se ha cambiado su contraseña',
      text: 'Se ha cambiado su contraseña y se ha cerrado la sesión en todos sus otros dispositivos. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?».',
    },
    'login-failures': {
      subject: 'Varios intentos de acceso fallidos',
      text: 'Alguien ha intentado entrar en su cuenta varias veces con una contraseña o un código equivocados. Su cuenta no está bloqueada. Si fue usted, no tiene que hacer nada. Si no, elija en «¿Olvidó su contraseña?» una contraseña larga que no use en ningún otro sitio, y active un segundo factor.',
    },
    'sessions-ended-for-safety': {
      subject: 'Hemos cerrado la sesión de un dispositivo',
      text: 'Una sesión suya se ha usado como se usaría una copiada, así que la hemos cerrado. Entre de nuevo. Si no lo esperaba, cambie su contraseña.',
    },
    'sessions-ended-by-admin': {
      subject: 'Se ha cerrado su sesión',
      text: 'Un administrador ha cerrado la sesión en todos sus dispositivos. Puede entrar de nuevo. Si no sabe por qué, escriba a la clínica.',
    },
    'mfa-enabled': {
      subject: 'Su segundo factor está activo',
      text: 'Desde ahora, para entrar hace falta un código de su autenticador además de la contraseña. Guarde los códigos de recuperación donde los encuentre sin su teléfono. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?» y escriba a la clínica.',
    },
    'mfa-disabled': {
      subject: 'Su segundo factor está desactivado',
      text: 'Desde ahora basta la contraseña para entrar. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?».',
    },
    'totp-added': {
      subject: 'Se ha añadido un autenticador',
      text: 'Desde ahora, los códigos de un autenticador también valen como segundo factor, junto a sus llaves de acceso. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?» y escriba a la clínica.',
    },
    'totp-removed': {
      subject: 'Se ha quitado su autenticador',
      text: 'Los códigos de su autenticador ya no valen; sus llaves de acceso siguen. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?» y escriba a la clínica.',
    },
    'passkey-added': {
      subject: 'Se ha añadido una llave de acceso',
      text: 'Se ha añadido una llave de acceso a su cuenta. Con ella sola se entra, y junto a la contraseña es su segundo factor. Si no fue usted, no basta una contraseña nueva: entre, quite la llave, cambie después la contraseña y escriba a la clínica.',
    },
    'passkey-removed': {
      subject: 'Se ha quitado una llave de acceso',
      text: 'Se ha quitado una llave de acceso de su cuenta: ya no sirve para entrar. Si no fue usted, elija enseguida una contraseña nueva en «¿Olvidó su contraseña?» y escriba a la clínica.',
    },
    'passkey-cloned': {
      subject: 'Hemos rechazado una de sus llaves de acceso',
      text: 'Una de sus llaves de acceso ha contado hacia atrás, como haría una copia, así que no la hemos dejado entrar. Entre de otra forma, quítela y añada una nueva. Si no sabe de ninguna copia, escriba a la clínica.',
    },
    'mfa-reset': {
      subject: 'Su segundo factor se ha restablecido',
      text: 'Un administrador ha desactivado su segundo factor, ha quitado sus llaves de acceso y ha cerrado la sesión en todos sus dispositivos. Entre con su contraseña y configúrelo de nuevo. Si no lo pidió usted, escriba enseguida a la clínica.',
    },
    'appeal-received': {
      subject: 'Hemos recibido su alegación',
      text: 'Alguien que conoce su contraseña, esperamos que usted, nos ha pedido que volvamos a examinar su bloqueo. Recibirá un correo con nuestra respuesta. Si no fue usted, elija una contraseña nueva en «¿Olvidó su contraseña?».',
    },
    banned: {
      subject: 'Su cuenta está bloqueada',
      text: 'Un administrador ha bloqueado su cuenta. Al entrar verá por qué y hasta cuándo.',
    },
  },
};
