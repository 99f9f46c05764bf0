import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

const plain = { name: '', db: 0, username: undefined, password: undefined, tls: false };

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', { ...plain, kind: 'single', nodes: [{ host: 'cache', port: 6379 }] }],
    [
      'redis://:s%40fe@10.0.0.1:7000/2',
      { ...plain, kind: 'single', nodes: [{ host: '10.0.0.1', port: 7000 }], db: 2, password: 's@fe' },
    ],
    [
      'rediss://app:pw@[::1]:6380',
      { ...plain, kind: 'single', nodes: [{ host: '::1', port: 6380 }], username: 'app', password: 'pw', tls: true },
    ],
    [
      'redis+sentinel://a:1,b:2/main',
      {
        ...plain,
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        name: 'main',
      },
    ],
    ['redis+sentinel://a', { ...plain, kind: 'sentinel', nodes: [{ host: 'a', port: 26379 }], name: 'mymaster' }],
    [
      'redis+cluster://:pw@a:1,b,c:3?tls=on',
      {
        ...plain,
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
          { host: 'c', port: 3 },
        ],
        password: 'pw',
        tls: true,
      },
    ],
  ])('%s is understood', (text, target) => {
    expect(parseRedisUrl(text)).toEqual(target);
  });

  it.each([
    '',
    'redis://',
    'http://cache',
    'rediz://cache',
    'redis://a,b',
    'redis://cache:0',
    'redis://cache:70000',
    'redis://cache/name',
    'redis://a b',
    'redis://:%E0%A4%A@cache',
    'redis+cluster://a,,b',
    'redis+cluster://a/0',
    'redis+cluster://a?tls=off',
  ])('%j is refused', (text) => {
    expect(parseRedisUrl(text)).toBeNull();
  });
});
