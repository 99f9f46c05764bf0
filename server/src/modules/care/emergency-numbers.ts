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

/** Lines for who thinks of suicide: 988 Lifeline, Samaritans, TelefonSeelsorge and their like, free and at all hours. */
const crisisLines: Record<string, string> = {
  US: '988',
  CA: '988',
  GB: '116 123',
  IE: '116 123',
  NO: '116 123',
  DE: '0800 1110111',
  AT: '142',
  CH: '143',
  ES: '024',
  FR: '3114',
  NL: '113',
  BE: '1813',
  AU: '13 11 14',
  NZ: '1737',
  BR: '188',
  AR: '135',
  MX: '800 911 2000',
  IN: '14416',
};

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
  return { number: numberOf.get(code) ?? null, crisisLine: crisisLines[code] ?? null };
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();
}
