import { describe, expect, it } from 'vitest';
import { FrameGate } from './frame-gate.ts';

const limits = { framesPerSecond: 20, frameBurst: 100, floodCloseMs: 10_000 };

/** Sends one frame each `everyMs` until `untilMs`. */
function send(
  gate: FrameGate,
  { fromMs = 0, untilMs, everyMs }: { fromMs?: number; untilMs: number; everyMs: number },
) {
  const verdicts = { passed: 0, refused: 0, floodingAtMs: null as number | null };
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += everyMs) {
    const verdict = gate.take(nowMs);
    if (verdict.pass) verdicts.passed += 1;
    else verdicts.refused += 1;
    if (!verdict.pass && verdict.flooding) verdicts.floodingAtMs ??= nowMs;
  }
  return verdicts;
}

describe('a gate', () => {
  it('lets a burst in at once, then so many a second', () => {
    const gate = new FrameGate(limits, 0);
    const burst = Array.from({ length: 150 }, () => gate.take(0));
    expect(burst.filter(({ pass }) => pass)).toHaveLength(100);
    expect(send(gate, { fromMs: 1, untilMs: 1001, everyMs: 1 }).passed).toBe(20);
  });

  it('never refuses who keeps to the rate, and fills up again while nothing comes', () => {
    const gate = new FrameGate(limits, 0);
    expect(send(gate, { untilMs: 60_000, everyMs: 50 })).toEqual({ passed: 1200, refused: 0, floodingAtMs: null });
    const burst = Array.from({ length: 150 }, () => gate.take(120_000));
    expect(burst.filter(({ pass }) => pass)).toHaveLength(100);
  });

  it('is full when it is new, and again once as much time has passed as was taken', () => {
    const gate = new FrameGate(limits, 0);
    expect(gate.isFull(0)).toBe(true);
    send(gate, { untilMs: 10, everyMs: 1 });
    expect([10, 400, 600].map((nowMs) => gate.isFull(nowMs))).toEqual([false, false, true]);
  });

  it('calls it a flood after so long of it, and no sooner', () => {
    const { floodingAtMs } = send(new FrameGate(limits, 0), { untilMs: 30_000, everyMs: 5 });
    expect(floodingAtMs).toBeGreaterThanOrEqual(10_000);
    expect(floodingAtMs).toBeLessThan(11_000);
  });

  it('says how long to wait, and who waits that long is no flood, however much there is to send', () => {
    const gate = new FrameGate(limits, 0);
    let sent = 0;
    for (let nowMs = 0; nowMs < 60_000; ) {
      const verdict = gate.take(nowMs);
      if (verdict.pass) sent += 1;
      else {
        expect(verdict.flooding).toBe(false);
        nowMs += verdict.retryAfterMs;
      }
    }
    expect(sent).toBeGreaterThan(1200);
  });
});
