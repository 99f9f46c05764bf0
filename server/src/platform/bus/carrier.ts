/** What takes events to the other nodes and brings theirs. It may lose, repeat and reorder. */
export type Carrier = {
  /** Never waits and never throws. */
  send(events: readonly string[]): void;
  close(): Promise<void>;
};

/** What a carrier tells the bus. */
export type Hears = {
  event(text: string): void;
  /** The link was lost and is back, or another took its place: events may have been missed. */
  gap(): void;
};
