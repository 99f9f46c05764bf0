/** How copies of one kind of thing are kept and believed. `P` says which thing: an id, the parameters of a list. */
export type CopyPolicy<P> = {
  /** Part of the key in Redis. A new name when the shape changes, so that two versions run side by side. */
  readonly name: string;
  /** What tells copies of this kind apart. */
  key(of: P): string;
  /** Whose changes make a copy worthless, as the triggers write it into `cache_changes`. */
  subject(of: P): string;
  /** What is for some people only has no place in a key that is shared: there is no other value. */
  readonly audience: 'anyone';
  /** After this time a copy is read anew, while it still answers. The jitter keeps copies from running out together. */
  readonly freshMs: { readonly least: number; readonly jitter: number };
  /** For so long after that it goes on answering while reading anew fails. Never longer than the log of changes reaches. */
  readonly graceMs: number;
  /** For how long it is remembered that a thing is not there. In memory alone: anybody can ask for what is not. */
  readonly missingMs: number;
  /** What a node may hold; the bytes are those of its JSON, on the heap it is some four times as much. What was used longest ago goes first. */
  readonly memory: { readonly maxEntries: number; readonly maxBytes: number };
  /** Whether reading it is so dear that one node does it for all. */
  readonly oneNodeReads: boolean;
};

/** Which layer answered. */
export type CacheLayer = 'memory' | 'redis' | 'database';

/**
 * Why a copy in Redis was not believed: older than a change; not sealed by us, or for another key; of a shape that we do not
 * know, as another version of the program writes it.
 */
export type CacheRefusal = 'distrusted' | 'forged' | 'misshapen';
