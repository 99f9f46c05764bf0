import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

const nobody = { username: undefined, password: undefined };
const plain = { name: '', db: 0, ...nobody, sentinel: nobody, tls: null };
const tls = { ca: null, cert: null, key: null };

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', { ...plain, kind: 'single', nodes: [{ host: 'cache', port: 6379 }] }],
    [
      'redis://:s%40fe@10.0.0.1:7000/2',
      { ...plain, kind: 'single', nodes: [{ host: '10.0.0.1', port: 7000 }], db: 2, password: 's@fe' },
    ],
    [
      'rediss://app:pw@[::1]:6380',
      { ...plain, kind: 'single', nodes: [{ host: '::1', port: 6380 }], username: 'app', password: 'pw', tls },
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
        tls,
      },
    ],
    [
      'rediss://cache?ca=/etc/redis%20ca.pem',
      { ...plain, kind: 'single', nodes: [{ host: 'cache', port: 6379 }], tls: { ...tls, ca: '/etc/redis ca.pem' } },
    ],
    [
      'redis+sentinel://app:pw@a/main?tls=on&cert=c.pem&key=k.pem&sentinel-user=s&sentinel-password=%26',
      {
        ...plain,
        kind: 'sentinel',
        nodes: [{ host: 'a', port: 26379 }],
        name: 'main',
        username: 'app',
        password: 'pw',
        sentinel: { username: 's', password: '&' },
        tls: { ca: null, cert: 'c.pem', key: 'k.pem' },
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
    'redis://cache?ca=ca.pem',
    'rediss://cache?cert=cert.pem',
    'rediss://cache?ca=a&ca=b',
    'rediss://cache?insecure=yes',
    'rediss://cache?ca=%E0%A4%A',
    'redis://cache?sentinel-password=x',
  ])('%j is refused', (text) => {
    expect(parseRedisUrl(text)).toBeNull();
  });
});
