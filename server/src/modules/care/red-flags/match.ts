/**
 * Finds combinations of words in a text, in time that grows with its length alone: each word is looked up, and nothing goes back.
 * What is denied before it in the same clause does not count ("no chest pain"); where that cannot be told, it counts.
 */

type Token = { word: string; clause: number; sentence: number };
type Phrase = { words: readonly Word[]; combo: number; term: number };
type Word = { text: string; isStem: boolean };
type Combo<Id> = { id: Id; terms: number; anywhere: boolean };

export type Matcher<Id> = (text: string) => Id[];

/** So far apart, in words, may stand what belongs together. */
const reach = 9;
/** So many words before something it may be denied. */
const denialReach = 5;
/** Words longer than any that means something here are cut. */
const maxWord = 40;

const denials = new Set(
  words(`no not never without deny denies denied dont doesnt didnt isnt arent wasnt werent havent hasnt hadnt neither nor
    sin nunca ni tampoco ningún ninguna jamás niego niega kein keine keinen keinem keiner keinerlei nicht ohne nie niemals weder`),
);
/** After a denial: it denies something else than what follows, or nothing at all. */
const passing = new Set(
  words(`only just merely sure certain doubt know getting going improving stop stopping go help helping better
    solo solamente sólo duda sé se seguro segura aguanto soporto puedo para cede mejora nur sicher ob weg besser auf`),
);
/** Here begins something else, as after a full stop. */
const turns = new Set(words('but however although though aber doch jedoch sondern obwohl pero sino aunque'));

/** Phrases by how their first word begins: few words of a text begin like any of them. */
type Index = ReadonlyMap<string, readonly Phrase[]>;
const beginning = (word: string) => word.slice(0, 2);

/** @param lines by id, as rules.ts describes them. */
export function createMatcher<Id extends string>(lines: Iterable<readonly [Id, readonly string[]]>): Matcher<Id> {
  const combos: Combo<Id>[] = [];
  const index = new Map<string, Phrase[]>();
  for (const [id, alternatives] of lines) {
    for (const line of alternatives) {
      const { terms, anywhere } = parseLine(line);
      const combo = combos.push({ id, terms: terms.length, anywhere }) - 1;
      for (const [term, phrases] of terms.entries()) {
        for (const words of phrases) {
          const first = words[0]?.text ?? '';
          if (first.length < (words[0]?.isStem ? 2 : 1))
            throw new Error(`A red flag has a line without words: ${line}`);
          const known = index.get(beginning(first));
          if (known === undefined) index.set(beginning(first), [{ words, combo, term }]);
          else known.push({ words, combo, term });
        }
      }
    }
  }
  return (text) => match(tokenize(text), index, combos);
}

function match<Id>(tokens: Token[], index: Index, combos: readonly Combo<Id>[]): Id[] {
  /** Of each combination, where each of its terms was found last. */
  const seen = new Map<number, number[]>();
  const found = new Set<Id>();
  for (const [at, { word }] of tokens.entries()) {
    for (const { words, combo, term } of index.get(beginning(word)) ?? []) {
      const { id, terms, anywhere } = combos[combo] as Combo<Id>;
      if (!stands(tokens, at, words) || found.has(id) || isDenied(tokens, at)) continue;
      const places = seen.get(combo) ?? new Array<number>(terms).fill(Number.NEGATIVE_INFINITY);
      seen.set(combo, places);
      places[term] = at;
      if (anywhere ? places.every(Number.isFinite) : places.every((place) => isNear(tokens, place, at))) found.add(id);
    }
  }
  return [...found];
}

function stands(tokens: readonly Token[], at: number, words: readonly Word[]): boolean {
  return words.every(({ text, isStem }, index) => {
    const token = tokens[at + index];
    if (token === undefined || token.sentence !== tokens[at]?.sentence) return false;
    return isStem ? token.word.startsWith(text) : token.word === text;
  });
}

function isNear(tokens: readonly Token[], place: number, at: number): boolean {
  return at - place <= reach && tokens[place]?.sentence === tokens[at]?.sentence;
}

function isDenied(tokens: readonly Token[], at: number): boolean {
  for (let before = at - 1; before >= Math.max(0, at - denialReach); before -= 1) {
    const token = tokens[before];
    if (token === undefined || token.clause !== tokens[at]?.clause) return false;
    if (denials.has(token.word) && !passing.has(tokens[before + 1]?.word ?? '')) return true;
  }
  return false;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let [clause, sentence] = [0, 0];
  for (const part of plain(text).match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu) ?? []) {
    if (!/^[\p{L}\p{N}]/u.test(part)) {
      if (/[,:()–—\n]/.test(part)) clause += 1;
      if (/[.!?;\n]/.test(part)) {
        sentence += 1;
        clause += 1;
      }
      continue;
    }
    if (turns.has(part)) {
      sentence += 1;
      clause += 1;
    }
    tokens.push({ word: part.slice(0, maxWord), clause, sentence });
  }
  return tokens;
}

/** Small letters without accents; ß is ss, and ae, oe, ue are what umlauts are typed as. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’‘`´]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ae', 'a')
    .replaceAll('oe', 'o')
    .replaceAll('ue', 'u');
}

function words(text: string): string[] {
  return plain(text).split(/\s+/);
}

function parseLine(line: string): { terms: Word[][][]; anywhere: boolean } {
  const anywhere = line.startsWith('~ ');
  const terms = line
    .slice(anywhere ? 2 : 0)
    .split(' + ')
    .map((term) => term.split('|').map(parsePhrase));
  return { terms, anywhere };
}

function parsePhrase(phrase: string): Word[] {
  return words(phrase).map((word) => ({ text: word.replace('*', ''), isStem: word.endsWith('*') }));
}
