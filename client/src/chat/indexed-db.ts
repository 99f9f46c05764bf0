import type { OutboxEntry, OutboxStorage } from './outbox.ts';

const store = 'messages';
const prefix = 'openward.outbox.';

/**
 * An outbox that survives a reload and the end of a browser (not the machine’s: nobody waits for its disk), shared by its tabs: each may send what another left, the server knows it
 * by its clientId. `name` has to be the account's own. Where a browser keeps nothing, neither does this.
 */
export function indexedDbOutbox(name: string): OutboxStorage & { clear(): Promise<void> } {
  let opening: Promise<IDBDatabase> | null = null;
  const open = (): Promise<IDBDatabase> => {
    opening ??= openDatabase(`${prefix}${name}`, () => {
      opening = null;
    });
    return opening;
  };

  /** @returns null where nothing can be kept: the message then lives as long as the page. */
  async function run<T>(mode: IDBTransactionMode, act: (messages: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    try {
      const messages = (await open()).transaction(store, mode, { durability: 'relaxed' }).objectStore(store);
      return await settled(act(messages));
    } catch {
      opening = null;
      return null;
    }
  }

  return {
    load: async () => (await run<OutboxEntry[]>('readonly', (messages) => messages.getAll())) ?? [],
    put: async (entry) => {
      await run('readwrite', (messages) => {
        const known = messages.index('clientId').count(entry.clientId);
        known.onsuccess = () => {
          if (known.result === 0) messages.add(entry);
        };
        return known;
      });
    },
    delete: async (clientId) => {
      await run('readwrite', (messages) => {
        const key = messages.index('clientId').getKey(clientId);
        key.onsuccess = () => {
          if (key.result !== undefined) messages.delete(key.result);
        };
        return key;
      });
    },
    clear: async () => void (await run('readwrite', (messages) => messages.clear())),
  };
}

/** What other accounts left unsent in this browser goes: it is nobody's business who uses it now. */
export async function dropOtherOutboxes(name: string): Promise<void> {
  const databases = (await globalThis.indexedDB?.databases?.()) ?? [];
  for (const { name: found = '' } of databases) {
    if (found.startsWith(prefix) && found !== `${prefix}${name}`) indexedDB.deleteDatabase(found);
  }
}

/** Keys that count up are the order in which messages were written, over all tabs. */
function openDatabase(name: string, onGone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(store, { autoIncrement: true }).createIndex('clientId', 'clientId');
    };
    request.onerror = () => reject(request.error ?? new Error('The database was refused.'));
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = onGone;
      database.onversionchange = () => {
        database.close();
        onGone();
      };
      resolve(database);
    };
  });
}

/** Once the transaction is through: what was put is there then, whatever happens to the page. */
function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { transaction } = request;
    const fail = () => reject(request.error ?? transaction?.error ?? new Error('The database gave up.'));
    if (transaction === null) return fail();
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = fail;
    transaction.onerror = fail;
  });
}
