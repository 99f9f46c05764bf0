/** How a name is looked for: as it was typed, or with a slip in each word. All of it speaks of `name_key`, ' maria garcia '. */
export type NameSearch = {
  /** Each has to be found (LIKE). */
  exact: readonly string[];
  /** How the names begin that begin with the first word; and with its first two letters, where the rest may be misspelt (LIKE). */
  beginning: string;
  vagueBeginning: string;
  /** Each has to be found, or null where nothing may be forgiven. */
  forgiving: readonly Forgiving[] | null;
  /** One for each word, of what `doctor_terms` names: at least what the patterns find. */
  exactTerms: readonly Term[];
  forgivingTerms: readonly Term[];
};

/** A regular expression, and what is there of each name that it finds: one of these (LIKE). */
export type Forgiving = { pattern: string; parts: readonly string[] };

/** Part of a tsquery. `vague`: it names so many that others should do without it. */
export type Term = { text: string; vague: boolean };

/** A slip in a shorter word makes any other; and nobody types longer ones by heart. */
const forgivable = { from: 4, to: 24 };
const mostWords = 5;
/** A beginning of so few letters is one of many thousand names. */
const vagueLetters = 2;

/** @param plain what was typed, as `plain_text` makes it: words without case, accents and punctuation */
export function searchName(plain: string): NameSearch {
  const words = [...new Set(plain.split(' '))];
  const letters = new Map(words.map((word) => [word, [...word]]));
  const mayForgive = ({ length }: string[]) => length >= forgivable.from && length <= forgivable.to;
  const isForgiving = words.length <= mostWords && [...letters.values()].some(mayForgive);
  const beginning = (word: string): Term => ({
    text: `${quoted(word)}:*`,
    vague: (letters.get(word)?.length ?? 0) <= vagueLetters,
  });
  return {
    exact: words.map((word) => `% ${word}%`),
    beginning: ` ${words[0]}%`,
    vagueBeginning: ` ${[...(words[0] ?? '')].slice(0, 2).join('')}%`,
    forgiving: isForgiving
      ? [...letters].map(([word, each]) =>
          mayForgive(each)
            ? { pattern: ` (?:${escaped(word)}|(?:${slips(each).join('|')}) )`, parts: untouched(each) }
            : { pattern: ` ${escaped(word)}`, parts: [`% ${word}%`] },
        )
      : null,
    exactTerms: words.map(beginning),
    forgivingTerms: [...letters].map(([word, each]) =>
      mayForgive(each)
        ? { text: `(${[`${quoted(word)}:*`, ...near(each)].join(' | ')})`, vague: false }
        : beginning(word),
    ),
  };
}

/** A lexeme as tsquery takes it. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, (character) => character.repeat(2))}'`;
}

/** The words that `doctor_terms` has in common for two that differ in one letter. */
function near(letters: string[]): string[] {
  const shorter = letters.map((_, index) => letters.toSpliced(index, 1).join(''));
  return [letters.join(''), ...shorter].map((word) => quoted(`~${word}`));
}

/** The word with one letter other, one more, one missing, two swapped. */
function slips(letters: string[]): string[] {
  const any = '[^ ]';
  const word = letters.map(escaped);
  const all = word.flatMap((letter, index) => [
    word.with(index, any),
    word.toSpliced(index, 0, any),
    word.toSpliced(index, 1),
    ...(index === 0 ? [] : [word.with(index - 1, letter).with(index, word[index - 1] ?? '')]),
  ]);
  return [...all, [...word, any]].map((one) => one.join(''));
}

/** One slip leaves the first half of a word as it was or the second, unless it swaps the letters between them. */
function untouched(letters: string[]): string[] {
  const half = Math.floor(letters.length / 2);
  const [first, second] = [letters.slice(0, half), letters.slice(half)];
  const swapped = [...first.slice(0, -1), ...second.slice(0, 1), ...first.slice(-1)];
  return [`% ${first.join('')}%`, `%${second.join('')} %`, `% ${swapped.join('')}%`];
}

/** What `plain_text` leaves of punctuation is none of a regular expression's own; if it ever were, it is a letter here. */
function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
