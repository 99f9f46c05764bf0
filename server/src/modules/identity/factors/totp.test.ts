import { describe, expect, it } from 'vitest';
import { newTotpSecret, stepOfCode, totpForApp } from './totp.ts';

/** RFC 6238, appendix B, SHA-1; ours are the last six of its eight digits. */
const secret = Buffer.from('12345678901234567890');
const vectors: [seconds: number, code: string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
];

describe('a code', () => {
  it.each(vectors)('of the RFC at %i s is %s', (seconds, code) => {
    expect(stepOfCode(secret, code, new Date(seconds * 1000))).toBe(Math.floor(seconds / 30));
  });

  it('is good one step early and late, and says which step it is of', () => {
    const atS = 1_234_567_890;
    const stepAt = (offsetS: number) => stepOfCode(secret, '005924', new Date((atS + offsetS) * 1000));
    expect([-60, -30, 0, 30, 60].map(stepAt)).toEqual([null, 41_152_263, 41_152_263, 41_152_263, null]);
  });

  it('of another secret, or of another length, is not good', () => {
    const at = new Date(59_000);
    expect(stepOfCode(newTotpSecret(), '287082', at)).toBeNull();
    for (const code of ['', '28708', '94287082', '0287082', 'abcdef', '287082\0', '28708é', 'éééééé', '٢٨٧٠٨٢'])
      expect(stepOfCode(secret, code, at), code).toBeNull();
  });

  it('may be typed in digits of full width', () => {
    expect(stepOfCode(secret, '２８７０８２', new Date(59_000))).toBe(1);
  });
});

it('what an app is given holds 160 bits, the issuer and the address', () => {
  const { secret: typed, otpauthUri } = totpForApp(secret, 'ana+x@example.org');
  expect(typed).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  const uri = new URL(otpauthUri);
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/Openward:ana+x@example.org',
  ]);
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'Openward',
    secret: typed,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
  expect(newTotpSecret()).toHaveLength(20);
  expect(newTotpSecret()).not.toEqual(newTotpSecret());
});
