import type { OutboxEntry, OutboxStorage } from './outbox.ts';

/** As much of `localStorage` as is needed: anything that keeps texts by name will do. */
export type KeyValueStorage = {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
};

/**
 * An outbox that survives a reload: `storage: webStorageOutbox(localStorage, accountId)`. It holds unsent messages as they are, so
 * `name` has to be the account's own, and a page on a shared computer does better without.
 */
export function webStorageOutbox(storage: KeyValueStorage, name: string): OutboxStorage {
  const item = `openward.outbox.${name}`;
  const read = (): OutboxEntry[] => {
    try {
      const entries: unknown = JSON.parse(storage.getItem(item) ?? '[]');
      return Array.isArray(entries) ? entries.filter(isEntry) : [];
    } catch {
      return [];
    }
  };
  const write = (entries: OutboxEntry[]) => {
    if (entries.length === 0) storage.removeItem(item);
    else storage.setItem(item, JSON.stringify(entries));
  };
  return {
    load: async () => read(),
    put: async (entry) => write([...read().filter(({ clientId }) => clientId !== entry.clientId), entry]),
    delete: async (clientId) => write(read().filter((entry) => entry.clientId !== clientId)),
  };
}

function isEntry(value: unknown): value is OutboxEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  return ['clientId', 'roomId', 'text'].every((member) => typeof entry[member] === 'string');
}
