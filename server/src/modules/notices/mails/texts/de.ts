import type { Translation } from '#platform/mail/mail-texts.ts';
import type { english } from './en.ts';

export const german: Translation<typeof english> = {
  kinds: {
    'request-accepted': {
      subject: 'Ihre Anfrage wurde angenommen',
      text: 'Ihre Anfrage wurde angenommen: Eine Ärztin oder ein Arzt kann jetzt mit Ihnen sprechen.',
    },
    'request-declined': {
      subject: 'Ihre Anfrage wurde abgelehnt',
      text: 'die angefragte Praxis kann Ihre Anfrage nicht annehmen. Bitte fragen Sie eine andere.',
    },
    'request-handed-back': {
      subject: 'Ihre Anfrage wartet auf jemand anderen',
      text: 'wer Ihre Anfrage hatte, kann sie nicht mehr behandeln. Sie steht jetzt allen anderen des Fachgebiets offen; Sie müssen nichts tun.',
    },
    'request-diagnosed': {
      subject: 'Es gibt Neues zu Ihrer Anfrage',
      text: 'Ihre Ärztin oder Ihr Arzt hat etwas für Sie geschrieben. Melden Sie sich an, um es zu lesen.',
    },
    'request-corrected': {
      subject: 'In Ihrer Akte wurde etwas berichtigt',
      text: 'etwas, das für Sie geschrieben wurde, ist berichtigt worden. Melden Sie sich an, um zu lesen, was jetzt gilt und warum. Eine früher gedruckte Zusammenfassung ist nicht mehr die neueste.',
    },
    'request-lease-ended': {
      subject: 'Ihre Anfrage wartet auf jemand anderen',
      text: 'wer Ihre Anfrage angenommen hat, hat nicht rechtzeitig begonnen. Sie steht wieder allen des Fachgebiets offen, an dem Platz, den sie hatte; Sie müssen nichts tun.',
    },
    'waiting-long': {
      subject: 'In Ihrem Fachgebiet wird gewartet',
      text: 'jemand, der Sie vielleicht braucht, wartet länger, als es sein sollte. Wenn Sie können, sehen Sie in Ihren Eingang und nehmen Sie die Anfrage an. Darauf weisen wir Sie höchstens einmal in einer Viertelstunde hin.',
    },
    'lease-ended': {
      subject: 'Eine angenommene Anfrage wartet wieder',
      text: 'Sie haben eine Anfrage angenommen und nicht rechtzeitig geschrieben. Damit niemand vergeblich wartet, steht sie wieder allen Ihres Fachgebiets offen. Hat sie noch niemand angenommen, können Sie es noch einmal tun: Mit einer ersten Nachricht bleibt sie bei Ihnen.',
    },
    'request-received': {
      subject: { one: 'Eine Anfrage wartet auf Sie', other: '{count} Anfragen warten auf Sie' },
      text: {
        one: 'jemand hat bei Ihnen angefragt. Melden Sie sich an, um die Anfrage anzunehmen oder abzulehnen.',
        other:
          '{count} Personen haben bei Ihnen angefragt. Melden Sie sich an, um die Anfragen anzunehmen oder abzulehnen.',
      },
    },
    'urgent-request-received': {
      subject: 'Eine eilige Anfrage wartet auf Sie',
      text: 'jemand hat bei Ihnen angefragt und kann nicht lange warten. Melden Sie sich jetzt an, um die Anfrage anzunehmen, oder lehnen Sie sie ab, damit jemand anderes gefragt werden kann.',
    },
    'doctor-left': {
      subject: 'Ihre Ärztin oder Ihr Arzt ist nicht mehr da',
      text: 'wer Sie behandelt hat, ist nicht mehr hier; deshalb ist Ihre Anfrage abgeschlossen. Alles, was geschrieben wurde, können Sie weiterhin lesen. Wenn Sie noch Hilfe brauchen, senden Sie bitte eine neue Anfrage.',
    },
    'transfer-offered': {
      subject: 'Sie werden um Zustimmung gebeten',
      text: 'Ihre Ärztin oder Ihr Arzt möchte Ihre Anfrage jemand anderem übergeben. Ohne Ihre Zustimmung geschieht nichts: Melden Sie sich an, um zu sehen, wem, und entscheiden Sie.',
    },
    'transfer-waiting': {
      subject: 'Jemand möchte Ihnen eine Behandlung übergeben',
      text: 'jemand möchte Ihnen eine Behandlung übergeben, und die Zustimmung dazu liegt vor. Melden Sie sich an, um sie anzusehen und anzunehmen oder abzulehnen.',
    },
    'transfer-done': {
      subject: 'Die Übergabe ist vollzogen',
      text: 'die vereinbarte Übergabe ist vollzogen: Die Anfrage ist jetzt in anderen Händen.',
    },
    'transfer-over': {
      subject: 'Die Übergabe findet nicht statt',
      text: 'die vorgeschlagene Übergabe findet nicht statt. Melden Sie sich an, um zu sehen, wie es um die Anfrage steht.',
    },
    'new-message': {
      subject: 'Sie haben eine neue Nachricht',
      text: 'jemand hat Ihnen geschrieben. Melden Sie sich an, um es zu lesen. Zu diesem Gespräch erhalten Sie keine weiteren E-Mails, bis Sie hier waren.',
    },
    'appointment-changed': {
      subject: 'Es gibt Neues zu einem Termin',
      text: 'einer Ihrer Termine wurde gebucht, verlegt, abgesagt oder versäumt. Melden Sie sich an, um ihn zu sehen.',
    },
    'appointment-reminder': {
      subject: 'Ihr Termin steht bevor',
      text: 'dies ist eine Erinnerung an einen Termin.',
    },
    'appeal-received': {
      subject: {
        one: 'Ein Einspruch gegen eine Sperre wartet auf Antwort',
        other: '{count} Einsprüche gegen Sperren warten auf Antwort',
      },
      text: {
        one: 'eine gesperrte Person bittet darum, die Sperre noch einmal anzusehen. Melden Sie sich an, um zu antworten.',
        other:
          '{count} gesperrte Personen bitten darum, ihre Sperre noch einmal anzusehen. Melden Sie sich an, um zu antworten.',
      },
    },
    'nobody-takes': {
      subject: 'Eine Anfrage wartet, und niemand nimmt sie an',
      text: 'eine Anfrage wartet länger, als es sein sollte, und wer in ihrem Fachgebiet benachrichtigt wurde, hat sie nicht angenommen. Sorgen Sie bitte dafür, dass jemand da ist.',
    },
  },
  choose: 'Welche E-Mails Sie erhalten, wählen Sie unter „Mitteilungen“.',
  label: 'Openward öffnen',
};
