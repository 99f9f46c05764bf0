import { type CommonPasswords, loadCommonPasswords, normalisePassword } from './common-passwords.ts';

export type WeakPassword = {
  readonly reason: 'too-short' | 'too-long' | 'common' | 'repetitive' | 'sequence' | 'personal';
  /** A sentence for the person that says what to do. */
  readonly detail: string;
};

/** Whose password it is, and where it is for. What is not known is left out or empty. */
export type PasswordContext = {
  readonly fullName?: string;
  readonly email?: string;
  /** The name of the service, of the clinic, and whatever else a guesser would try here first (ASVS 6.1.2). */
  readonly words?: readonly string[];
};

const LEAST_CODE_POINTS = 12;
const MOST_CODE_POINTS = 128;
/** Composition to NFKC makes at most about 4 code points into one: beyond this, counting is a waste. */
const UNREAD_CODE_UNITS = 2048;
/** So many digits and symbols around a common password do not make it a good one: they are what guessers try first. */
const MOST_AFFIX = 6;
const LEAST_STEM = 4;
/** So many letters and digits of one's own make a password, whatever name stands beside them. */
const LEAST_OWN = 8;
const LEAST_CONTEXT_WORD = 3;

/** Printed so often as the example of a good password that it is none. Compared without spaces, hyphens and the like. */
const FAMOUS = 'correcthorsebatterystaple';

/** What fingers walk along: the alphabet, the digits, the rows and columns of the usual keyboards. */
const WALKS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
  '!@#$%^&*()',
].flatMap((walk) => [walk, [...walk].reverse().join('')]);
const LEAST_WALK = 3;

const LOOKALIKES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '0': 'o',
  '1': 'i',
  '!': 'i',
  '5': 's',
  $: 's',
  '7': 't',
};

const DETAILS: Readonly<Record<WeakPassword['reason'], string>> = {
  'too-short': `Use at least ${LEAST_CODE_POINTS} characters. Four words picked at random make a good password.`,
  'too-long': `Use at most ${MOST_CODE_POINTS} characters.`,
  common:
    'This is one of the passwords that are guessed first, or close to one. Use four words picked at random, for example.',
  repetitive:
    'This repeats the same characters. Use something without a pattern, for example four words picked at random.',
  sequence: 'This follows the alphabet, the digits or the keyboard. Use four words picked at random, for example.',
  personal: 'This is made of your name, your email address or a name of this service. Leave those out.',
};

/**
 * Whether a new password is good enough: 12 to 128 code points in NFKC, any characters; neither common, nor a repetition, nor a
 * sequence, nor made of the person's name or address or a word of the place (ASVS 5.0 V6.2; NIST SP 800-63B-4 section 3.1.1.2). No rules about kinds
 * of characters, as both advise.
 *
 * The first call reads the list of common passwords.
 *
 * @returns null when it is, otherwise the first reason why not.
 */
export async function checkPassword(password: string, context: PasswordContext): Promise<WeakPassword | null> {
  if (password.length > UNREAD_CODE_UNITS) return weak('too-long');
  const length = [...password.normalize('NFKC')].length;
  if (length < LEAST_CODE_POINTS) return weak('too-short');
  if (length > MOST_CODE_POINTS) return weak('too-long');

  const normalised = normalisePassword(password);
  const common = await loadCommonPasswords();
  if (isPersonal(normalised, context, common)) return weak('personal');
  if (isRepetitive(normalised)) return weak('repetitive');
  if (isSequence(normalised)) return weak('sequence');
  if (isCommon(normalised, common)) return weak('common');
  return null;
}

function weak(reason: WeakPassword['reason']): WeakPassword {
  return { reason, detail: DETAILS[reason] };
}

function isCommon(password: string, common: CommonPasswords): boolean {
  if (common.isCommon(password)) return true;
  if (password.replace(/[^\p{L}\p{N}]/gu, '') === FAMOUS) return true;
  return isDressedUpStem(password, common);
}

/** A common password with a few digits and symbols around it, or with common ones such as 123456. */
function isDressedUpStem(password: string, common: CommonPasswords): boolean {
  // With a letter: any twelve digits hold some common six.
  const isStem = (stem: string) =>
    stem.length >= LEAST_STEM &&
    /\p{L}/u.test(stem) &&
    [stem, unmask(stem)].some((spelling) => common.isStem(spelling) || common.isCommon(spelling));
  const strength = (affix: string) => (isSequence(affix) || common.isStem(affix) ? 0 : affix.length);
  // Every cut that leaves only digits and symbols outside, because the common password may end in some itself (abc123, passw0rd).
  const heads = cutPoints(password).map((start) => ({ start, own: strength(password.slice(0, start)) }));
  const tails = cutPoints([...password].reverse().join(''))
    .map((length) => password.length - length)
    .map((end) => ({ end, own: strength(password.slice(end)) }));
  return heads.some((head) =>
    tails.some(
      (tail) => head.own + tail.own <= MOST_AFFIX && isStem(password.slice(head.start, Math.max(head.start, tail.end))),
    ),
  );
}

/** 0 and each length of a beginning that holds no letters. */
function cutPoints(password: string): number[] {
  const [affix = ''] = /^\P{L}*/u.exec(password) ?? [];
  return Array.from({ length: affix.length + 1 }, (_, length) => length);
}

/** The same unit all along, or hardly any different characters, or nothing but runs of the same one. */
function isRepetitive(password: string): boolean {
  const points = [...password];
  if (new Set(points).size <= 3) return true;
  const runs = points.filter((point, index) => point !== points[index - 1]).length;
  if (runs <= points.length / 3) return true;
  const trimmed = [...trimAffixes(password)];
  return hasPeriod(points) || (trimmed.length >= points.length - MOST_AFFIX && hasPeriod(trimmed));
}

function hasPeriod(points: readonly string[]): boolean {
  if (points.length < 4) return false;
  for (let period = 1; period * 2 <= points.length; period += 1) {
    if (points.every((point, index) => index < period || point === points[index - period])) return true;
  }
  return false;
}

/** All of it, but for two characters or a quarter, follows one of the walks. */
function isSequence(password: string): boolean {
  // 112233445566 is 123456.
  const points = [...password].filter((point, index, all) => point !== all[index - 1]);
  let strange = 0;
  for (let index = 0; index < points.length; ) {
    const length = walkLength(points, index);
    strange += length === 1 ? 1 : 0;
    index += length;
  }
  return strange <= Math.min(2, points.length / 4);
}

function walkLength(points: readonly string[], from: number): number {
  let longest = 1;
  for (let length = LEAST_WALK; from + length <= points.length; length += 1) {
    const part = points.slice(from, from + length).join('');
    if (!WALKS.some((walk) => walk.includes(part))) break;
    longest = length;
  }
  return longest;
}

/** What is left without the person's words is too little, or common itself. */
function isPersonal(password: string, context: PasswordContext, common: CommonPasswords): boolean {
  const words = contextWords(context);
  const plain = withoutAccents(password);
  return [plain, unmask(plain)].some((spelling) => {
    const rest = words.reduce((left, word) => left.replaceAll(word, ' '), spelling);
    if (rest === spelling) return false;
    const own = rest.replace(/[^\p{L}\p{N}]/gu, '');
    return [...own].length < LEAST_OWN || /^\p{N}*$/u.test(own) || common.isStem(own) || isDressedUpStem(own, common);
  });
}

function contextWords({ fullName = '', email = '', words: given = [] }: PasswordContext): string[] {
  const [local = '', domain = ''] = normalisePassword(email).split('@');
  // The last label (com, org) names nobody.
  const labels = domain.split('.').slice(0, -1);
  const name = normalisePassword(fullName);
  const parts = [name, local, ...labels, ...given.map(normalisePassword)].flatMap((text) => [
    text,
    ...text.split(/[^\p{L}\p{N}]+/u),
    ...text.split(/[^\p{L}]+/u),
  ]);
  const words = [...parts, name.replace(/[^\p{L}]/gu, ''), local.replace(/[^\p{L}\p{N}]/gu, '')].map(withoutAccents);
  return (
    [...new Set(words)]
      // Two characters are a whole name in Chinese and nothing in Latin.
      .filter((word) => [...word].length >= (/^[\p{sc=Latin}\p{N}\P{L}]*$/u.test(word) ? LEAST_CONTEXT_WORD : 2))
      // The longest first, or "ann" would leave a piece of "annabel" standing.
      .sort((a, b) => b.length - a.length)
  );
}

function trimAffixes(password: string): string {
  return password.replace(/^\P{L}+|\P{L}+$/gu, '');
}

/** p@ssw0rd → password. */
function unmask(text: string): string {
  return text.replace(/[@430!157$]/g, (character) => LOOKALIKES[character] ?? character);
}

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}
