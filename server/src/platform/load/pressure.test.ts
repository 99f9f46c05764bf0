import { describe, expect, test } from 'vitest';
import { Pressure } from './pressure.ts';

function after(...ratios: number[]): Pressure {
  const pressure = new Pressure(5);
  for (const ratio of ratios) pressure.take(ratio);
  return pressure;
}

const times = (count: number, ratio: number) => Array.from({ length: count }, () => ratio);

describe('pressure', () => {
  test('stays at nothing up to as much as is good, and where it is from half of that on', () => {
    expect(after(...times(100, 1)).value).toBe(0);
    const pressure = after(3);
    expect(pressure.value).toBe(0.75);
    for (const ratio of times(100, 0.5)) pressure.take(ratio);
    for (const ratio of times(100, 1)) pressure.take(ratio);
    expect(pressure.value).toBe(0.75);
  });

  test('with a little too much more than halves what is let in of the next class, look by look, until the class is gone', () => {
    const pressure = new Pressure(5);
    const seen = times(4, 3).map((ratio) => {
      pressure.take(ratio);
      return pressure.value;
    });
    expect(seen).toEqual([0.75, 0.9375, 1, 1.75]);
  });

  test('with far too much sends a class away at each look, and never more than there are', () => {
    expect(after(5.1).value).toBe(1);
    expect(after(1.5, 5.1).value).toBe(1);
    expect(after(5.1, 5.1).value).toBe(2);
    expect(after(...times(50, 100)).value).toBe(5);
  });

  test('keeps the last class while it is not far too much', () => {
    expect(after(...times(50, 5)).value).toBe(4);
    expect(after(...times(50, 5.1), 5).value).toBe(4);
  });

  test('goes back slowly, a class in some three seconds, and ends at nothing', () => {
    const pressure = after(...times(5, 9));
    let looks = 0;
    for (let before = 6; pressure.value > 0; looks += 1) {
      expect(pressure.value).toBeLessThan(before);
      before = pressure.value;
      pressure.take(0.49);
    }
    expect(looks).toBeGreaterThan(5 * 8);
    expect(looks).toBeLessThan(5 * 15);
    expect(pressure.value).toBe(0);
  });

  test('finds what can be done of ten times as much, and does not swing between all and nothing', () => {
    const pressure = new Pressure(5);
    const letIn: number[] = [];
    for (let look = 0; look < 400; look += 1) {
      const share = Math.max(0, 1 - pressure.value);
      if (look >= 40) letIn.push(10 * share);
      pressure.take(10 * share);
    }
    // As much as is good is 1.
    expect(Math.max(...letIn)).toBeLessThan(3);
    expect(letIn.reduce((sum, value) => sum + value, 0) / letIn.length).toBeGreaterThan(0.4);
  });
});
