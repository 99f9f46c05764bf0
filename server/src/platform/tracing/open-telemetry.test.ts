import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../../test/collector.ts';
import { eventually, silentLog } from '../../../test/harness.ts';
import { Problem } from '../problem.ts';
import { startOpenTelemetry } from './open-telemetry.ts';
import { Trace } from './trace.ts';
import type { SpanOptions, Tracing } from './tracing.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.stop());

const root: SpanOptions = { name: 'work', kind: 'internal', parent: null };

function open({ ratio = 1, log = silentLog } = {}): Tracing {
  return startOpenTelemetry({ url: `${collector.url}/v1/traces`, ratio, version: '1', log });
}

describe('spans', () => {
  it('that ended just before the node stops are sent, under the one that was under way', async () => {
    const tracing = open();
    await tracing.span(root, () => tracing.span({ name: 'part', kind: 'client' }, async () => {}));
    await tracing.close();
    const [work, part] = ['work', 'part'].map((name) => collector.spans.find((span) => span.name === name));
    expect(part).toMatchObject({ traceId: work?.traceId, parentSpanId: work?.spanId });
  });

  it('are recorded by the word of who called, and without one by the ratio', async () => {
    const [never, always] = [open({ ratio: 0 }), open({ ratio: 1 })];
    await never.span(root, async () => {});
    await never.span({ ...root, name: 'wanted', parent: new Trace({ flags: 1 }) }, async () => {});
    await always.span({ ...root, name: 'unwanted', parent: new Trace({ flags: 0 }) }, async (trace) => {
      expect([trace.sampled, always.recording]).toEqual([false, false]);
    });
    await always.span({ ...root, name: 'chosen' }, async () => {});
    await Promise.all([never.close(), always.close()]);
    expect(collector.spans.map(({ name }) => name).toSorted()).toEqual(['chosen', 'wanted']);
  });

  it('say the kind of an error and nothing of its words; a refusal is no failure', async () => {
    const tracing = open();
    const failures = [
      new Problem('not-found', { detail: 'Nothing of Ana Costa.' }),
      new Error('drizzle about Ana Costa', { cause: Object.assign(new Error('Ana Costa'), { code: '23505' }) }),
    ];
    for (const failure of failures)
      await expect(tracing.span(root, () => Promise.reject(failure))).rejects.toBe(failure);
    await tracing.close();
    expect(collector.spans.map(({ attributes, status }) => [attributes['error.type'], status])).toEqual([
      ['not-found', 0],
      ['23505', 2],
    ]);
    expect(collector.bodies.join()).not.toContain('Ana');
  });
});

describe('a collector that does not take spans', () => {
  it('is told of in one line, and when it does again in another', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
    const tracing = open({ log });
    collector.answer(400);
    for (const name of ['one', 'two', 'three']) {
      await tracing.span({ ...root, name }, async () => {});
      await eventually('it was refused', () => lines.length > 0);
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    collector.answer(200);
    await tracing.span({ ...root, name: 'four' }, async () => {});
    await collector.waitFor('the fourth', ({ name }) => name === 'four');
    await tracing.close();
    expect(lines).toEqual(['traces cannot be sent; they are dropped until they can', 'traces are sent again']);
  });

  it('costs memory for so many spans and no more', async () => {
    const tracing = open();
    // In one turn, so that none can be sent meanwhile but the first batch, which is on its way.
    for (let count = 0; count < 20_000; count += 1) tracing.start(root).end();
    const kept = 4096 + 512;
    await eventually('they are sent', () => collector.spans.length >= kept, 20_000);
    await tracing.span({ ...root, name: 'last' }, async () => {});
    await collector.waitFor('the last', ({ name }) => name === 'last');
    expect(collector.spans.length).toBe(kept + 1);
    await tracing.close();
  });

  it('holds up a stop for two seconds at most', async () => {
    const tracing = open();
    // Away for a while: what is refused with this is tried again, for five seconds.
    collector.answer(503);
    await tracing.span(root, async () => {});
    const startedAt = performance.now();
    await tracing.close();
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});
