import type { TestProxy, TestRedis } from './redis.ts';

/** What may be wrong with a Redis that two nodes share, how it comes about, and how it is mended. */
export type RedisFault = [name: string, harm: () => unknown, mend: () => unknown];

type Setting = { redis: TestRedis; proxyA: TestProxy; proxyB: TestProxy };

/** @param setting asked when a fault is made: node A, which changes something, and node B reach Redis by these proxies. */
export function faultsBetweenNodes(setting: () => Setting): RedisFault[] {
  const both = (work: (proxy: TestProxy) => unknown) => () => {
    const { proxyA, proxyB } = setting();
    return [proxyA, proxyB].map(work);
  };
  const command =
    (...words: string[]) =>
    () =>
      setting().redis.command(...words);
  return [
    ['there', () => {}, () => {}],
    ['flushed', command('FLUSHALL'), () => {}],
    ['killed, and later restarted empty', () => setting().redis.kill(), () => setting().redis.restart()],
    ['paused', () => setting().redis.pause(), () => setting().redis.goOn()],
    ['slow, two seconds an answer', both((proxy) => proxy.delay(2000)), both((proxy) => proxy.delay(0))],
    ['cut off from the node that changes something', () => setting().proxyA.silence(), () => setting().proxyA.mend()],
    ['cut off from the other node', () => setting().proxyB.silence(), () => setting().proxyB.mend()],
    ['deaf: no event comes over it', both((proxy) => proxy.deafen()), () => {}],
    ['read-only', command('REPLICAOF', '127.0.0.1', '1'), command('REPLICAOF', 'NO', 'ONE')],
    ['full', command('CONFIG', 'SET', 'maxmemory', '1'), command('CONFIG', 'SET', 'maxmemory', '0')],
  ];
}
