import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['problems']> = {
  'account-banned': 'Dieses Konto ist gesperrt. Wenn das ein Irrtum ist, schreiben Sie der Praxis.',
  'account-banned.ever': 'Dieses Konto ist gesperrt: {reason}. Wenn das ein Irrtum ist, schreiben Sie der Praxis.',
  'account-banned.until':
    'Dieses Konto ist bis {until} gesperrt: {reason}. Wenn das ein Irrtum ist, schreiben Sie der Praxis.',
  'already-banned': 'Dieses Konto ist schon gesperrt. Heben Sie diese Sperre erst auf.',
  'already-rated': 'Sie haben schon bewertet. Danke.',
  'client-id-reused': 'Die Nachricht wurde beim Senden geändert. Schreiben Sie sie noch einmal.',
  closed: 'Der Chat wurde vor dem Senden geschlossen. Öffnen Sie ihn und senden Sie noch einmal.',
  'cross-site':
    'Diese Seite wurde unter einer anderen Adresse geöffnet als der der Praxis. Öffnen Sie deren eigene Adresse.',
  'doctor-not-accepting':
    'Diese Ärztin oder dieser Arzt nimmt gerade keine Anfragen an. Wählen Sie jemand anderen oder das Fachgebiet.',
  'doctor-not-approved':
    'Ihr Konto wartet auf die Freigabe durch die Praxis. Sie bekommen eine E-Mail, sobald es so weit ist.',
  'edit-window-closed': 'Diese Nachricht lässt sich nicht mehr ändern. Senden Sie eine neue.',
  'email-not-verified': 'Ihre Adresse ist noch nicht bestätigt. Öffnen Sie den Link in der E-Mail von uns.',
  'email-taken': 'Diese Adresse gehört inzwischen zu einem anderen Konto. Schreiben Sie der Praxis.',
  'field.common':
    'Dieses Passwort benutzen viele, darum wird es zuerst probiert. Nehmen Sie ein paar Wörter hintereinander.',
  'field.personal': 'Es besteht aus Ihrem Namen oder Ihrer Adresse. Nehmen Sie etwas, das niemand von Ihnen weiß.',
  'field.repetitive': 'Es wiederholt sich. Nehmen Sie ein paar verschiedene Wörter.',
  'field.sequence': 'Es ist eine Reihe wie 123456. Nehmen Sie ein paar Wörter.',
  'field.required': 'Diese Angabe fehlt.',
  'field.format': 'Das sieht nicht richtig aus. Prüfen Sie es.',
  'field.enum': 'Wählen Sie aus der Liste.',
  'field.pattern': 'Hier stehen Zeichen, die nicht möglich sind.',
  'field.too-short': 'Das ist zu kurz.',
  'field.too-long': 'Das ist zu lang. Kürzen Sie es.',
  forbidden: 'Das ist nicht für Ihr Konto. Melden Sie sich mit einem anderen an, wenn Sie eines haben.',
  'idempotency-key-reused': 'Das wurde schon mit anderem Inhalt gesendet. Laden Sie neu und sehen Sie nach.',
  'internal-error':
    'Bei uns ist etwas schiefgegangen. Nichts wurde halb geändert. Versuchen Sie es gleich noch einmal.',
  'invalid-credentials':
    'E-Mail-Adresse oder Passwort stimmt nicht. Prüfen Sie beides, oder wählen Sie ein neues Passwort.',
  'invalid-passkey': 'Der Passkey wurde nicht angenommen. Versuchen Sie es noch einmal, oder nehmen Sie Ihr Passwort.',
  'invalid-request': 'Eine Angabe stimmt nicht. Prüfen Sie sie, und versuchen Sie es noch einmal.',
  'invalid-token': 'Dieser Link wurde schon benutzt oder ist zu alt. Fordern Sie einen neuen an.',
  'invalid-totp': 'Der Code ist falsch oder wurde schon benutzt. Warten Sie auf den nächsten.',
  'invalid-transition': 'Das geht nicht mehr: jemand hat es inzwischen geändert. Sehen Sie es sich noch einmal an.',
  'last-admin': 'Das ist das letzte Verwaltungskonto. Legen Sie erst ein anderes an.',
  'last-factor': 'Ihre Rolle braucht einen zweiten Faktor. Richten Sie erst einen anderen ein.',
  'message-retracted': 'Diese Nachricht wurde zurückgenommen.',
  'mfa-already-enabled': 'Der zweite Faktor ist schon eingeschaltet.',
  'mfa-not-enabled': 'Der zweite Faktor ist nicht eingeschaltet. Beginnen Sie noch einmal.',
  'mfa-required': 'Ein zweiter Faktor ist nötig. Geben Sie den Code ein.',
  'mfa-setup-required': 'Ihre Rolle braucht einen zweiten Faktor. Richten Sie ihn in Ihrem Konto ein.',
  network: 'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung; Ihre Eingaben bleiben hier.',
  'not-banned': 'Dieses Konto ist nicht gesperrt.',
  'slot-taken': 'Diese Zeit wurde gerade vergeben. Bitte wählen Sie eine andere.',
  'slot-unavailable': 'Diese Zeit wird nicht angeboten. Bitte wählen Sie eine der freien Zeiten.',
  'change-window-closed':
    'Es ist zu spät, diesen Termin selbst zu ändern. Schreiben Sie, sobald das Gespräch offen ist, oder rufen Sie die Praxis an.',
  'too-many-moves':
    'Dieser Termin kann nicht mehr verschoben werden. Behalten Sie ihn, oder sagen Sie ihn ab und buchen Sie einen anderen.',
  'too-many-appointments':
    'Sie haben so viele kommende Termine, wie möglich sind. Sagen Sie einen ab, den Sie nicht brauchen.',
  'too-many-exceptions': 'Es gibt so viele Ausnahmen, wie möglich sind. Entfernen Sie solche, die Sie nicht brauchen.',
  'not-diagnosed-yet': 'Es gibt noch keine Diagnose. Danach können Sie bewerten.',
  'not-found': 'Das gibt es nicht mehr, oder Sie haben keinen Zugang.',
  'own-account': 'Mit dem eigenen Konto geht das nicht. Bitten Sie jemand anderen aus der Verwaltung.',
  'payload-too-large': 'Das ist zu groß. Kürzen Sie es, oder wählen Sie eine kleinere Datei.',
  'proof-required':
    'Ihr Browser konnte die Prüfung nicht lösen. Öffnen Sie die Seite über https, und versuchen Sie es noch einmal.',
  'rate-limited': 'Das war sehr oft in kurzer Zeit.',
  'reauthentication-required': 'Geben Sie Ihr Passwort oder einen Code noch einmal ein.',
  'request-already-taken': 'Diese Anfrage wurde schon übernommen. Nehmen Sie die nächste.',
  'room-closed': 'Dieses Gespräch ist abgeschlossen. Sie können es lesen und neu anfragen, wenn etwas offen ist.',
  'seq-out-of-range': 'Diese Nachricht gibt es noch nicht. Laden Sie neu.',
  'session-ended': 'Sie wurden abgemeldet. Melden Sie sich an, um dort weiterzumachen.',
  'temporarily-blocked': 'Zur Sicherheit ist das für eine Weile angehalten.',
  timeout: 'Der Server hat zu lange gebraucht. Versuchen Sie es noch einmal; Ihre Eingaben bleiben hier.',
  'too-many-passkeys': 'Mehr Passkeys gehen nicht. Entfernen Sie erst einen.',
  unauthenticated: 'Melden Sie sich an, um weiterzumachen.',
  unavailable: 'Der Dienst ist gerade nicht verfügbar. Versuchen Sie es in einer Minute noch einmal.',
  'unexpected-reply':
    'Etwas hat anstelle des Servers geantwortet. Prüfen Sie Ihr Netz, und versuchen Sie es noch einmal.',
  unknown: 'Etwas ist schiefgegangen. Versuchen Sie es noch einmal.',
  'unsupported-media-type': 'Diese Art von Datei wird nicht angenommen. Wählen Sie eine andere.',
  'weak-password': 'Dieses Passwort ist zu leicht zu erraten. Nehmen Sie ein längeres oder ungewöhnlicheres.',
  wait: {
    one: 'Versuchen Sie es in einer Minute noch einmal.',
    other: 'Versuchen Sie es in {count} Minuten noch einmal.',
  },
  'transfer-pending':
    'Für diese Anfrage läuft schon eine Übergabe. Ziehen Sie sie zurück, um jemand anderen vorzuschlagen.',
  'already-appealed': 'Sie haben schon Einspruch erhoben. Die Antwort kommt per E-Mail.',
  'no-open-appeal': 'Es gibt keinen offenen Einspruch mehr. Sehen Sie sich die Sperre noch einmal an.',
  'push-unavailable': 'Dieser Server sendet nichts an Browser. Wählen Sie stattdessen E-Mails.',
  'already-decided': 'Jemand anders hat schon entschieden, oder es wurde neu eingereicht. Laden Sie die Seite neu.',
  'diagnosis-changed':
    'Diese Diagnose wurde inzwischen berichtigt. Lesen Sie sie neu und berichtigen Sie diese Fassung.',
  'too-many-documents': 'Mehr Unterlagen sind nicht möglich. Entfernen Sie zuerst eine.',
};
