import type { EmergencyNumbers } from '@openward/contracts';

/**
 * Whom to call for an ambulance, by country: the medical number where 112 or the like first reaches the police. Reviewed on 2026-11-29. Looked up then:
 * 112 (European Commission, digital-strategy.ec.europa.eu/policies/112, which also names Switzerland and South Africa; the ambulance services
 * of Moldova and the crisis centre of North Macedonia), 113 in Norway (Nkom; helsenorge.no), 144 in Austria (wien.gv.at), Switzerland (Alertswiss) and
 * Liechtenstein, 194 in Serbia (studyinserbia.rs), 999 in Britain (NHS), 107 in Argentina (SAME). The others are named as they are known: the national services' own
 * numbers (FCC for 911, Triple Zero for 000, SAMU for Brazil and Chile, the fire service for Japan and Korea). A country that is not sure is left out: then the
 * patient is told so in a sentence.
 */
const numbers: Record<string, readonly string[]> = {
  '112': (
    'BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE ' +
    'IS MC SM AD MK ME MD TR GE IN ZA NG'
  ).split(' '),
  '113': ['NO'],
  '144': ['AT', 'CH', 'LI'],
  '194': ['RS'],
  '911': 'US CA PR MX CR DO EC UY PH'.split(' '),
  '999': 'GB GG JE IM HK MY KE'.split(' '),
  '000': ['AU'],
  '111': ['NZ'],
  '107': ['AR'],
  '192': ['BR'],
  '131': ['CL'],
  '123': ['CO', 'EG'],
  '103': ['UA'],
  '119': ['JP', 'KR'],
  '120': ['CN'],
  '995': ['SG'],
  '1669': ['TH'],
  '101': ['IL'],
};

type CrisisLine = {
  number: string;
  service: string;
  /** Where the number was found on 2026-11-29, and of when that page is, as far as it says. */
  source: string;
  asOf: string | null;
};

/** Lines for who thinks of suicide, for the whole country. Each was looked up; a country whose line was not found has none here, but the number above. */
const crisisLines: Record<string, CrisisLine> = {
  US: line('988', '988 Suicide & Crisis Lifeline', 'https://preventionpartnersnm.org/facts/988-lifeline', '2022'),
  CA: line(
    '988',
    'Suicide Crisis Helpline',
    'https://wiki.av1.space/content/wikipedia_en_all_mini_2025-06/988_(telephone_number)',
    '2025',
  ),
  GB: line('116 123', 'Samaritans', 'https://www.samaritans.org/how-we-can-help/contact-samaritan/', null),
  IE: line(
    '116 123',
    'Samaritans Ireland',
    'https://www.irishexaminer.com/breakingnews/ireland/samaritans-answer-29m-calls-since-2014-charity-to-play-crucial-role-in-new-mental-help-phone-service-914684.html',
    '2019',
  ),
  NO: line('116 123', 'Mental Helses hjelpetelefon', 'https://www.tv2.no/a/11115544', '2020'),
  DE: line(
    '0800 1110111',
    'TelefonSeelsorge',
    'https://www.spektrum.de/news/telefonseelsorge-erste-hilfe-fuer-die-seele/2055834',
    '2022',
  ),
  AT: line(
    '142',
    'TelefonSeelsorge',
    'https://www.ots.at/presseaussendung/OTM_20230425_OTM0006/telefonseelsorge-seit-25-jahren-amtlicher-notruf-fuer-die-seele',
    '2023',
  ),
  CH: line('143', 'Die Dargebotene Hand', 'https://www.143.ch', '2023'),
  ES: line(
    '024',
    'Línea de atención a la conducta suicida',
    'https://www.rtve.es/noticias/20220509/sanidad-presenta-telefono-prevencion-suicidio/2347183.shtml',
    '2022',
  ),
  FR: line(
    '3114',
    'Numéro national de prévention du suicide',
    'https://3114.fr/que-se-passe-t-il-quand-je-contacte-le-3114/',
    null,
  ),
  // 113 reaches them too; this one is free and stands on no bill.
  NL: line(
    '0800 0113',
    '113 Zelfmoordpreventie',
    'https://www.hartvannederland.nl/nieuws/2020/telefoonnummer-113-zelfmoordpreventie/',
    '2020',
  ),
  BE: line('1813', 'Zelfmoordlijn', 'https://www.nieuwsblad.be/cnt/dmf20190909_04598208', '2019'),
  AU: line(
    '13 11 14',
    'Lifeline',
    'https://lifeinmind.org.au/news/lifelines-crisis-text-service-now-available-24-7',
    '2022',
  ),
  NZ: line(
    '1737',
    'Need to talk?',
    'https://vice.com/en/article/new-zealands-biggest-mental-health-helpline-misses-one-in-four-calls',
    null,
  ),
  BR: line(
    '188',
    'Centro de Valorização da Vida',
    'https://www.tribunadenoticias.com.br/2019/09/na-prevencao-ao-suicidio-cvv-atende.html',
    '2019',
  ),
  // The ministry's. 135 is for Buenos Aires and some provinces only.
  AR: line(
    '0800 999 0091',
    'Línea Nacional de Salud Mental',
    'https://lapostacomodorense.com.ar/2025/09/03/septiembre-mes-de-la-prevencion-del-suicidio-la-importancia-de-escuchar-acompanar-y-abrazar/',
    '2025',
  ),
  MX: line(
    '800 911 2000',
    'Línea de la Vida',
    'https://www.eluniversal.com.mx/nacion/promueven-la-linea-de-la-vida-tras-presentar-encuesta-sobre-consumo-de-drogas-asi-puedes-pedir-ayuda/',
    '2025',
  ),
  IN: line(
    '14416',
    'Tele MANAS',
    'https://www.thehawk.in/news/health/tele-manas-mental-health-helpline-handles-over-238-lakh-calls-since-2022-prataprao-jadhav',
    '2025',
  ),
};

function line(number: string, service: string, source: string, asOf: string | null): CrisisLine {
  return { number, service, source, asOf };
}

/** How people write their country, beside its name in the languages below and its code. */
const otherNames: Record<string, string> = {
  usa: 'US',
  'united states of america': 'US',
  uk: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  holland: 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
};

const languages = [
  'en',
  'es',
  'de',
  'fr',
  'it',
  'pt',
  'nl',
  'pl',
  'sv',
  'da',
  'nb',
  'fi',
  'cs',
  'hu',
  'ro',
  'el',
  'tr',
];

const numberOf = new Map(Object.entries(numbers).flatMap(([number, codes]) => codes.map((code) => [code, number])));

let codeOf: ReadonlyMap<string, string> | undefined;

/** Made when it is first asked for: some thousand names. */
function nameCountries(): ReadonlyMap<string, string> {
  const codes = new Map(Object.entries(otherNames));
  for (const code of numberOf.keys()) codes.set(code.toLowerCase(), code);
  for (const language of languages) {
    const names = new Intl.DisplayNames([language], { type: 'region' });
    for (const code of numberOf.keys()) codes.set(plain(names.of(code) ?? code), code);
  }
  return codes;
}

/** For the country of an address, as its owner wrote it. */
export function emergencyNumbers(country: string | null): EmergencyNumbers {
  codeOf ??= nameCountries();
  const code = country === null ? undefined : codeOf.get(plain(country));
  if (code === undefined) return { number: null, crisisLine: null };
  return { number: numberOf.get(code) ?? null, crisisLine: crisisLines[code]?.number ?? null };
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();
}
