/** What takes events to the other nodes and brings theirs. It may lose, repeat and reorder. */
export type Carrier = {
  /** Never waits and never throws. */
  send(events: readonly string[]): void;
  /** Whether events of other nodes come at this moment, as far as is known. */
  readonly hearing: boolean;
  close(): Promise<void>;
};

/** What a carrier tells the bus. */
export type Hears = {
  event(text: string): void;
  /** From now on events come, for the first time. */
  begin(): void;
  /** The link was lost and is back, or another took its place: events may have been missed. */
  gap(): void;
};
