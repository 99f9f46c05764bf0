import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent, Trace } from './trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each([
    ['00', '00', 0],
    ['00', '01', 1],
    ['00', '03', 3],
    // Flags that nobody has defined are not passed on.
    ['00', 'ff', 3],
    // Of a version to come the fields that we know count.
    ['cc', '01', 1],
    ['cc', '01-what-the-future-holds', 1],
  ])('of version %s with %s is read', (version, rest, flags) => {
    const trace = parseTraceparent(`${version}-${traceId}-${spanId}-${rest}`);
    expect([trace?.traceId, trace?.spanId, trace?.flags]).toEqual([traceId, spanId, flags]);
  });

  it.each([
    undefined,
    '',
    ['00', '01'],
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `cc-${traceId}-${spanId}-01.more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
  ])('that is not one is none: %s', (header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  it('of a trace that begins here, and of a child, is one that others can read', () => {
    const begun = new Trace();
    const child = new Trace({ traceId, flags: 1 }).child();
    expect(formatTraceparent(begun)).toBe(formatTraceparent(begun));
    expect(parseTraceparent(formatTraceparent(begun))?.traceId).toBe(begun.traceId);
    expect(formatTraceparent(child)).toBe(`00-${traceId}-${child.spanId}-01`);
    expect(child.spanId).not.toBe(spanId);
  });
});
