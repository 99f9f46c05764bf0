/** How long a ban lasts, as it is chosen: one of these, for good, or a number of one's own. */
export const banPresets = ['hour', 'day', 'week', 'month', 'ever', 'own'] as const;
export type BanPreset = (typeof banPresets)[number];

export const banUnits = ['minutes', 'hours', 'days'] as const;
export type BanUnit = (typeof banUnits)[number];

const presetMinutes = { hour: 60, day: 1440, week: 10_080, month: 43_200 } as const;
const unitMinutes: Record<BanUnit, number> = { minutes: 1, hours: 60, days: 1440 };

/** The server's longest: ten years. Beyond it, it is for good. */
const longestMinutes = 5_256_000;

export type BanDuration = { preset: BanPreset; amount: number; unit: BanUnit };

/** Minutes; null is for good, undefined is nothing that can be. */
export function minutesOf({ preset, amount, unit }: BanDuration): number | null | undefined {
  if (preset === 'ever') return null;
  if (preset !== 'own') return presetMinutes[preset];
  const minutes = amount * unitMinutes[unit];
  return Number.isInteger(amount) && minutes >= 1 && minutes <= longestMinutes ? minutes : undefined;
}

export function longestOf(unit: BanUnit): number {
  return longestMinutes / unitMinutes[unit];
}
