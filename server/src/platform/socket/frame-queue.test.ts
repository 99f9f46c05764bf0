import { describe, expect, it } from 'vitest';
import { FrameQueue } from './frame-queue.ts';

/** A queue whose frames are done when the test says so. */
function startQueue(limits: { maxQueuedFrames?: number; maxQueuedBytes?: number } = {}) {
  const events: string[] = [];
  const running: (() => void)[] = [];
  const owner = {
    handleFrame: (frame: string) => {
      events.push(frame);
      return new Promise<void>((resolve) => {
        running.push(resolve);
      });
    },
    onQueueFull: () => events.push('full'),
    onQueueRoom: () => events.push('room'),
  };
  const queue = new FrameQueue<string>(owner, { maxQueuedFrames: 100, maxQueuedBytes: 1000, ...limits });
  const finish = async () => {
    running.shift()?.();
    await new Promise(setImmediate);
  };
  return { queue, events, finish, running };
}

describe('a frame queue', () => {
  it('holds frames until it is started, then handles one after the other', async () => {
    const { queue, events, finish } = startQueue();
    queue.push('a', 1);
    queue.push('b', 1);
    expect(events).toEqual([]);
    queue.start();
    queue.push('c', 1);
    expect(events).toEqual(['a']);
    await finish();
    expect(events).toEqual(['a', 'b']);
    await finish();
    await finish();
    expect(events).toEqual(['a', 'b', 'c']);
    queue.push('d', 1);
    expect(events).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says when too many frames or bytes wait, and when half are done', async () => {
    for (const limits of [{ maxQueuedFrames: 4 }, { maxQueuedBytes: 4 }]) {
      const { queue, events, finish } = startQueue(limits);
      for (const frame of ['a', 'b', 'c', 'd', 'e']) queue.push(frame, 1);
      expect(events).toEqual(['full']);
      queue.start();
      while (!events.includes('e')) await finish();
      expect(events).toEqual(['full', 'a', 'b', 'room', 'c', 'd', 'e']);
    }
  });

  it('stops after the frame that is being handled', async () => {
    const { queue, events, finish } = startQueue();
    queue.start();
    queue.push('a', 1);
    queue.push('b', 1);
    let stopped = false;
    const done = queue.stop().then(() => {
      stopped = true;
    });
    await new Promise(setImmediate);
    expect(stopped).toBe(false);
    await finish();
    await done;
    queue.push('c', 1);
    expect(events).toEqual(['a']);
  });
});
