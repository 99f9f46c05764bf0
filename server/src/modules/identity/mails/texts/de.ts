import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const german: Translation<typeof english> = {
  links: {
    'verify-email': {
      subject: 'Bestätigen Sie Ihre Adresse',
      paragraphs: ['bitte bestätigen Sie, dass diese Adresse Ihre ist. Der Link gilt 24 Stunden.'],
      label: 'Adresse bestätigen',
    },
    'reset-password': {
      subject: 'Wählen Sie ein neues Passwort',
      paragraphs: [
        'jemand, wir hoffen Sie, hat ein neues Passwort angefordert. Der Link gilt 20 Minuten. Wenn Sie es nicht waren, tun Sie nichts: Das Passwort bleibt, wie es ist.',
      ],
      label: 'Neues Passwort wählen',
    },
    'set-password': {
      subject: 'Ihr Konto ist bereit',
      paragraphs: [
        'für Sie wurde ein Konto angelegt. Wählen Sie ein Passwort, um es zu nutzen. Der Link gilt 20 Minuten; danach erhalten Sie unter „Passwort vergessen?“ einen neuen.',
      ],
      label: 'Passwort wählen',
    },
    'confirm-email': {
      subject: 'Bestätigen Sie Ihre neue Adresse',
      paragraphs: ['bitte bestätigen Sie, dass dies Ihre neue Adresse ist. Der Link gilt 20 Minuten.'],
      label: 'Neue Adresse bestätigen',
    },
    'confirm-deletion': {
      subject: 'Bestätigen Sie, dass Sie Ihr Konto löschen möchten',
      paragraphs: [
        'Sie haben uns gebeten, Ihr Konto zu löschen. Das lässt sich nicht rückgängig machen. Der Link gilt 20 Minuten. Wenn Sie es nicht waren, ändern Sie jetzt Ihr Passwort.',
      ],
      label: 'Konto löschen',
    },
    'undo-email-change': {
      subject: 'Ihre Adresse wurde geändert',
      paragraphs: [
        'Ihr Konto nutzt ab jetzt eine andere Adresse, und Ihre anderen Geräte wurden abgemeldet. Wenn Sie es waren, tun Sie nichts.',
        'Wenn Sie es nicht waren, machen Sie es mit diesem Link rückgängig: Diese Adresse gilt wieder, alle Geräte werden abgemeldet, und Sie wählen ein neues Passwort. Der Link gilt sieben Tage, was auch immer inzwischen am Konto geändert wird.',
      ],
      label: 'Ich war es nicht: rückgängig machen',
    },
  },
  emailChange: {
    asked: {
      subject: 'Jemand möchte Ihre Adresse ändern',
      text: 'jemand, wir hoffen Sie, möchte für Ihr Konto eine andere Adresse nutzen. Bis sie bestätigt ist, ändert sich nichts. Wenn Sie es nicht waren, ändern Sie jetzt Ihr Passwort.',
    },
    restored: {
      subject: 'Ihre Adresse gilt wieder',
      text: 'die Änderung Ihrer Adresse wurde rückgängig gemacht: Ihr Konto nutzt wieder diese hier. Alle Geräte wurden abgemeldet, und das Passwort gilt nicht mehr. Wählen Sie ein neues mit dem Link in unserer anderen E-Mail oder unter „Passwort vergessen?“, und sehen Sie nach Ihrem zweiten Faktor und Ihrem Profil.',
    },
    undone: {
      subject: 'Die Änderung Ihrer Adresse wurde rückgängig gemacht',
      text: 'wer die frühere Adresse Ihres Kontos hat, hat die Änderung zurückgenommen: Das Konto nutzt diese Adresse nicht mehr, und alle Geräte wurden abgemeldet. Wenn das Konto Ihres ist und Sie das nicht wollten, schreiben Sie bitte sofort der Klinik.',
    },
  },
  addressKept: {
    subject: 'Diese Adresse ist für ihr letztes Konto reserviert',
    text: 'jemand, vielleicht Sie, möchte diese Adresse für ein Konto nutzen. Ein Konto, das sie hatte, nutzt jetzt eine andere, und bis {until} lässt sich das mit dem Link rückgängig machen, den wir hierher geschickt haben. War die Änderung nicht von Ihnen, machen Sie sie jetzt rückgängig; möchten Sie die Adresse für ein anderes Konto, versuchen Sie es danach noch einmal.',
  },
  newDevice: {
    subject: 'Eine Anmeldung von einem neuen Gerät',
    paragraphs: [
      'jemand, wir hoffen Sie, hat sich mit einem Gerät oder an einem Ort angemeldet, von dem aus Ihr Konto zuletzt nicht genutzt wurde: {device}, {when}, von der Adresse {ip}.',
      'Wenn Sie es waren, tun Sie nichts. Wenn nicht, beenden Sie diese Sitzung in der Liste Ihrer Geräte und ändern Sie sofort Ihr Passwort.',
    ],
    device: { unknown: 'unbekanntes Gerät', unknownBrowser: 'unbekannter Browser', on: '{name} unter {system}' },
    unknownAddress: 'unbekannt',
    label: 'Ihre Geräte ansehen',
  },
  recoveryCode: {
    subject: 'Ein Wiederherstellungscode wurde benutzt',
    used: {
      one: 'einer Ihrer Wiederherstellungscodes wurde als zweiter Faktor benutzt. Sie haben noch {count} unbenutzten Code.',
      other:
        'einer Ihrer Wiederherstellungscodes wurde als zweiter Faktor benutzt. Sie haben noch {count} unbenutzte Codes.',
    },
    few: 'Schalten Sie alle zweiten Faktoren aus und einen wieder ein, um neue zu erhalten.',
    notYou:
      'Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues Passwort und schreiben Sie der Klinik.',
  },
  appeal: {
    lift: {
      subject: 'Ihre Sperre ist aufgehoben',
      text: 'wir haben uns Ihre Sperre noch einmal angesehen und sie aufgehoben. Sie können sich wieder anmelden.',
    },
    keep: {
      subject: 'Ihre Sperre bleibt',
      text: 'wir haben uns Ihre Sperre noch einmal angesehen, und sie bleibt. Beim Anmelden sehen Sie, bis wann.',
    },
  },
  approval: {
    approved: {
      subject: 'Ihr Konto ist freigegeben',
      text: 'die Verwaltung hat Ihr Konto freigegeben. Patientinnen und Patienten finden Sie jetzt, und Sie können Anfragen annehmen.',
    },
    'change-approved': {
      subject: 'Ihre Änderung ist freigegeben',
      text: 'die Verwaltung hat freigegeben, was Sie ändern wollten. Ab jetzt werden Sie damit gefunden.',
    },
    rejected: {
      subject: 'Ihr Konto ist nicht freigegeben',
      text: 'die Verwaltung hat Ihr Konto geprüft und nicht freigegeben. Sie können berichtigen, was fehlt, und es erneut einreichen.',
    },
    'change-rejected': {
      subject: 'Ihre Änderung ist nicht freigegeben',
      text: 'die Verwaltung hat nicht freigegeben, was Sie ändern wollten. Ihre Freigabe bleibt wie zuvor, und Sie können es erneut versuchen.',
    },
    reason: 'Was die Verwaltung geschrieben hat: {reason}',
    label: 'Openward öffnen',
  },
  labels: { logIn: 'Anmelden', notMe: 'Ich war es nicht', seeWhy: 'Grund ansehen' },
  notices: {
    'already-registered': {
      subject: 'Sie haben schon ein Konto',
      text: 'jemand, vielleicht Sie, wollte sich mit dieser Adresse registrieren. Sie haben schon ein Konto: Melden Sie sich an, oder wählen Sie unter „Passwort vergessen?“ ein neues Passwort. Wenn Sie es nicht waren, ist nichts geschehen.',
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      text: 'Ihr Passwort wurde geändert, und alle Ihre anderen Geräte wurden abgemeldet. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues.',
    },
    'login-failures': {
      subject: 'Mehrere fehlgeschlagene Anmeldungen',
      text: 'jemand hat mehrmals versucht, sich mit einem falschen Passwort oder Code bei Ihrem Konto anzumelden. Ihr Konto ist nicht gesperrt. Wenn Sie es waren, ist nichts zu tun. Wenn nicht, wählen Sie unter „Passwort vergessen?“ ein langes Passwort, das Sie nirgends sonst benutzen, und schalten Sie einen zweiten Faktor ein.',
    },
    'sessions-ended-for-safety': {
      subject: 'Wir haben ein Gerät abgemeldet',
      text: 'eine Ihrer Anmeldungen wurde so benutzt, wie es eine kopierte würde; deshalb haben wir sie beendet. Melden Sie sich neu an. Wenn Sie damit nicht gerechnet haben, ändern Sie Ihr Passwort.',
    },
    'sessions-ended-by-admin': {
      subject: 'Sie wurden abgemeldet',
      text: 'die Verwaltung hat alle Ihre Geräte abgemeldet. Sie können sich neu anmelden. Wenn Sie nicht wissen, warum, schreiben Sie der Klinik.',
    },
    'mfa-enabled': {
      subject: 'Ihr zweiter Faktor ist eingeschaltet',
      text: 'ab jetzt brauchen Sie zum Anmelden neben dem Passwort einen Code Ihrer Authenticator-App. Bewahren Sie die Wiederherstellungscodes dort auf, wo Sie sie ohne Ihr Telefon finden. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues Passwort und schreiben Sie der Klinik.',
    },
    'mfa-disabled': {
      subject: 'Ihr zweiter Faktor ist ausgeschaltet',
      text: 'ab jetzt genügt zum Anmelden das Passwort. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues.',
    },
    'totp-added': {
      subject: 'Eine Authenticator-App wurde hinzugefügt',
      text: 'ab jetzt gelten neben Ihren Passkeys auch Codes einer Authenticator-App als zweiter Faktor. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues Passwort und schreiben Sie der Klinik.',
    },
    'totp-removed': {
      subject: 'Ihre Authenticator-App wurde entfernt',
      text: 'Codes Ihrer Authenticator-App gelten nicht mehr; Ihre Passkeys bleiben. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues Passwort und schreiben Sie der Klinik.',
    },
    'passkey-added': {
      subject: 'Ein Passkey wurde hinzugefügt',
      text: 'Ihrem Konto wurde ein Passkey hinzugefügt. Mit ihm allein können Sie sich anmelden, und neben dem Passwort ist er Ihr zweiter Faktor. Wenn Sie es nicht waren, genügt ein neues Passwort nicht: Melden Sie sich an, entfernen Sie den Passkey, ändern Sie dann das Passwort, und schreiben Sie der Klinik.',
    },
    'passkey-removed': {
      subject: 'Ein Passkey wurde entfernt',
      text: 'ein Passkey wurde aus Ihrem Konto entfernt: Mit ihm kann sich niemand mehr anmelden. Wenn Sie es nicht waren, wählen Sie sofort unter „Passwort vergessen?“ ein neues Passwort und schreiben Sie der Klinik.',
    },
    'passkey-cloned': {
      subject: 'Wir haben einen Ihrer Passkeys abgelehnt',
      text: 'einer Ihrer Passkeys hat rückwärts gezählt, wie es eine Kopie täte; deshalb haben wir ihn nicht eingelassen. Melden Sie sich auf andere Weise an, entfernen Sie ihn, und fügen Sie einen neuen hinzu. Wenn Sie von keiner Kopie wissen, schreiben Sie der Klinik.',
    },
    'mfa-reset': {
      subject: 'Ihr zweiter Faktor wurde zurückgesetzt',
      text: 'die Verwaltung hat Ihren zweiten Faktor ausgeschaltet, Ihre Passkeys entfernt und alle Ihre Geräte abgemeldet. Melden Sie sich mit Ihrem Passwort an und richten Sie ihn neu ein. Wenn Sie nicht darum gebeten haben, schreiben Sie sofort der Klinik.',
    },
    'appeal-received': {
      subject: 'Wir haben Ihren Einspruch',
      text: 'jemand, der Ihr Passwort kennt, wir hoffen Sie, hat uns gebeten, Ihre Sperre noch einmal anzusehen. Sie erhalten eine E-Mail mit unserer Antwort. Wenn Sie es nicht waren, wählen Sie unter „Passwort vergessen?“ ein neues Passwort.',
    },
    banned: {
      subject: 'Ihr Konto ist gesperrt',
      text: 'die Verwaltung hat Ihr Konto gesperrt. Beim Anmelden sehen Sie, warum und bis wann.',
    },
  },
};
