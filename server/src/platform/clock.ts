/** The process's clock. Stored times come from the database's clock; this one is for tokens and timers. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
