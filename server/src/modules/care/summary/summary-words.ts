import type { Language } from '@openward/contracts';

const en = {
  title: 'Summary of a consultation',
  patient: 'Patient',
  born: 'Born',
  doctor: 'Doctor',
  askedAt: 'Asked for care',
  madeAt: 'Made',
  writtenBy: 'Written by {doctor}, {when}',
  corrected: 'Corrected (version {version}, {when}):',
  recommendations: 'Recommendations',
  checkTitle: 'Is this genuine?',
  check:
    'Open {url} and type the code above. The page says whether this summary is ours, of when it is, and whether it was replaced by a newer one. It shows nothing of what is in it.',
  times: 'Times are in the time zone {zone}.',
  missing: 'Signs like this, {sign}, stand for letters of a script that this document cannot set.',
  page: 'Page {page} of {pages} · {code}',
};
export type SummaryWords = Readonly<typeof en>;

/** What is printed beside what people wrote, which stays in their own words. */
export const summaryWords: Record<Language, SummaryWords> = {
  en,
  es: {
    title: 'Resumen de una consulta',
    patient: 'Paciente',
    born: 'Fecha de nacimiento',
    doctor: 'Médico',
    askedAt: 'Consulta solicitada',
    madeAt: 'Emitido',
    writtenBy: 'Escrito por {doctor}, {when}',
    corrected: 'Corregido (versión {version}, {when}):',
    recommendations: 'Recomendaciones',
    checkTitle: '¿Es auténtico?',
    check:
      'Abra {url} y escriba el código de arriba. La página dice si este resumen es nuestro, de cuándo es y si lo ha sustituido uno más reciente. No muestra nada de su contenido.',
    times: 'Las horas están en la zona horaria {zone}.',
    missing: 'Los signos como este, {sign}, sustituyen letras de una escritura que este documento no puede componer.',
    page: 'Página {page} de {pages} · {code}',
  },
  de: {
    title: 'Zusammenfassung einer Behandlung',
    patient: 'Patient/in',
    born: 'Geboren',
    doctor: 'Ärztin/Arzt',
    askedAt: 'Anfrage vom',
    madeAt: 'Ausgestellt',
    writtenBy: 'Geschrieben von {doctor}, {when}',
    corrected: 'Berichtigt (Fassung {version}, {when}):',
    recommendations: 'Empfehlungen',
    checkTitle: 'Ist das echt?',
    check:
      'Öffnen Sie {url} und geben Sie den Code von oben ein. Die Seite sagt, ob diese Zusammenfassung von uns ist, von wann sie ist und ob eine neuere sie ersetzt hat. Vom Inhalt zeigt sie nichts.',
    times: 'Alle Zeiten in der Zeitzone {zone}.',
    missing: 'Zeichen wie dieses, {sign}, stehen für Buchstaben einer Schrift, die dieses Dokument nicht setzen kann.',
    page: 'Seite {page} von {pages} · {code}',
  },
};
