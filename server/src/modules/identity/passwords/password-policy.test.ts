import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { loadCommonPasswords } from './common-passwords.ts';
import { checkPassword } from './password-policy.ts';

const ANNA = { fullName: 'Anna Kowalska-Żuk', email: 'anna.kowalska@clinic-north.example' };
const NOBODY = {};
const PLACE = { words: ['openward', 'Sankt Anna'] };

const reasonOf = async (password: string, context: object = ANNA) =>
  (await checkPassword(password, context))?.reason ?? null;

/** Even over the alphabet: what fast-check draws itself prefers small values, which makes patterns. */
function evenText(seed: number, length: number, alphabet: readonly string[]): string {
  const bytes = createHash('shake256', { outputLength: length }).update(String(seed)).digest();
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join('');
}

describe('good passwords pass', () => {
  it.each([
    'correct-horse-battery-staple-9',
    'purple-giraffe-lunch-9',
    'tractor violin moss ember',
    'tractorviolinmossember',
    'anna-likes-purple-giraffes',
    'Xk9$mQ2!vB7z',
    'пароль-кошка-стол-9',
    '猫が窓から雨の音を聞いている夜',
    '👩‍⚕️🐙🌋🧵🪐🎷🦚🍋🧊🪁',
    '739201846652',
    // It holds a common one, as most rows of twelve digits do.
    '123321739204',
    // Ten digits of one's own.
    'sunshine7392847362',
  ])('%s', async (password) => {
    expect(await reasonOf(password)).toBe(null);
  });

  it.each([
    ['letters and digits', [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']],
    ['hexadecimal', [...'0123456789abcdef']],
    ['all of ASCII', Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))],
    ['Cyrillic', [...'абвгдежзийклмнопрстуфхцчшщъыьэюя']],
  ])('random strings of %s', async (_, alphabet) => {
    const lengths = fc.integer({ min: 16, max: 128 });
    await fc.assert(
      fc.asyncProperty(fc.integer(), lengths, async (seed, length) => {
        expect(await reasonOf(evenText(seed, length, alphabet))).toBe(null);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the length counts code points in NFKC', () => {
  it.each([
    ['Xk9$mQ2!vB7', 'too-short'],
    // 12 code units, 6 characters.
    ['🐙🌋🧵🪐🎷🦚', 'too-short'],
    // 14 code points, 11 after composition.
    ['e\u0301a\u0300o\u0302Xk9$mQ2!', 'too-short'],
    ['', 'too-short'],
  ])('%o is %s', async (password, reason) => {
    expect(await reasonOf(password)).toBe(reason);
  });

  it('takes 128 and no more', async () => {
    const text = evenText(1, 128, [...'abcdefghijkmnpqrstuvwxyz23456789']);
    expect(await reasonOf(text)).toBe(null);
    expect(await reasonOf(`${text}k`)).toBe('too-long');
    expect(await reasonOf('x'.repeat(100_000))).toBe('too-long');
    // A ligature that NFKC writes out as 18 characters.
    expect(await reasonOf('\ufdfa'.repeat(12))).toBe('too-long');
  });
});

describe('common ones are refused', () => {
  it.each([
    'password1234',
    'password1234!',
    'PASSWORD1234!',
    'P@ssw0rd2024!',
    '123password!!',
    'letmein2024!!',
    'ch0c0l4t3!24',
    'letmein34567890!',
    'password12345678',
    'Admin12345678!',
    'sunshine123456789',
    'administrator',
    '159753456852',
    'unbelievable',
    'correct horse battery staple',
    'CorrectHorseBatteryStaple',
    'ｐａｓｓｗｏｒｄ１２３４',
  ])('%s', async (password) => {
    expect(await reasonOf(password, NOBODY)).toBe('common');
  });

  it('has the 100,000 most used and says so in a sentence', async () => {
    const common = await loadCommonPasswords();
    for (const stem of ['123456', 'password', 'iloveyou', 'trustno1', 'qwertyuiop'])
      expect(common.isStem(stem)).toBe(true);
    expect(common.stemCount).toBe(100_000);
    expect(common.longCount).toBeGreaterThan(40_000);
    expect((await checkPassword('password1234!', NOBODY))?.detail).toMatch(/^[A-Z].*\.$/);
  });
});

describe('repetitions are refused', () => {
  it.each([
    'aaaaaaaaaaaa',
    '739201739201',
    'qwertyqwerty',
    'iloveyouiloveyou',
    'abcabcabcabc1',
    'xK9!mQxK9!mQ',
    'aabbaabbaabb',
    'zzzzkkkkmmmmtttt',
    '😀😀😀😀😀😀😀😀😀😀😀😀',
  ])('%s', async (password) => {
    expect(await reasonOf(password, NOBODY)).toBe('repetitive');
  });
});

describe('sequences are refused', () => {
  it.each([
    '123456789012',
    '098765432109',
    'abcdefghijkl',
    'mnopqrstuvwxyz',
    'qwertyuiop123',
    'poiuytrewq321',
    '112233445566',
    '1qaz2wsx3edc',
    'asdfghjkl123!',
    'abc123def456',
  ])('%s', async (password) => {
    expect(await reasonOf(password, NOBODY)).toBe('sequence');
  });
});

describe('names and addresses are refused', () => {
  it.each([
    'annakowalska1990!',
    'Kowalska-Anna',
    'anna.kowalska@clinic-north.example',
    'AnnaKowalskaZuk',
    '@nnaK0walska!',
    'clinic-north1',
    'kowalska20011983',
  ])('%s', async (password) => {
    expect(await reasonOf(password)).toBe('personal');
  });

  it.each(['openward2026!!', 'OpenwardPassword1', 'sankt-anna-2026', '0penward!0penward'])(
    'and the words of the place: %s',
    async (password) => {
      expect(await reasonOf(password, PLACE)).toBe('personal');
      expect(await reasonOf(`${password} giraffes dance`, PLACE)).toBe(null);
    },
  );

  it('only for whom they name', async () => {
    expect(await reasonOf('kowalska-zuk-1', { fullName: 'Jo Li', email: 'jo@li.example' })).toBe(null);
    expect(await reasonOf('purple-giraffe-lunch', { fullName: 'Jo Li', email: 'jo@li.example' })).toBe(null);
  });

  it('in scripts without capitals too', async () => {
    expect(await reasonOf('王小明王小明20240101', { fullName: '王小明' })).toBe('personal');
  });
});

it('loads the list once, however many ask', async () => {
  vi.resetModules();
  const fresh = await import('./common-passwords.ts');
  const [first, second] = await Promise.all([fresh.loadCommonPasswords(), fresh.loadCommonPasswords()]);
  expect(second).toBe(first);
  expect(await fresh.loadCommonPasswords()).toBe(first);
});
