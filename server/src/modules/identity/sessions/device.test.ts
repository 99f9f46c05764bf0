import { describe, expect, it } from 'vitest';
import { deviceOf, networkOf } from './device.ts';

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
const edge =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0';

describe('what a device is called', () => {
  it.each([
    [firefox, 'Firefox on Windows'],
    [safari, 'Safari on iOS'],
    [edge, 'Microsoft Edge on Linux'],
    ['openward-client/0.1 Node.js/24', 'Openward client on Node'],
    ['node', 'A program on Node'],
    ['curl/8.1.2', 'curl'],
    ['', 'Unknown device'],
    [null, 'Unknown device'],
  ])('%s is "%s"', (userAgent, name) => {
    expect(deviceOf(userAgent)).toBe(name);
  });

  it.each([
    '<script>alert(1)</script>/1.0',
    'Go-to-https://evil.example-now/1.0 (Windows NT 10.0)',
    'Firefox<b>/1.0',
    'constructor/1.0',
    '__proto__/1 (toString)',
    `Your-account-is-locked-call-555/${'9'.repeat(5000)}`,
    '\u202eMozilla/5.0 (\r\nBcc: x@y.z)',
    '('.repeat(100_000),
  ])('holds nothing of a header that somebody made up: %s', (userAgent) => {
    const startedAt = performance.now();
    expect(deviceOf(userAgent)).toMatch(/^(Unknown device|(Unknown browser|Firefox)( on Windows)?)$/);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

describe('the network of an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.0/24'],
    ['::ffff:198.51.100.9', '198.51.100.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['nonsense', 'unknown'],
  ])('of %s is %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
