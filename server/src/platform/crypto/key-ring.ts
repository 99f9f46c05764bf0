import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JWK } from 'jose';
import { type EncryptionKey, type KeyMaterial, loadKeyMaterial, type Pepper, type SigningKey } from './key-material.ts';
import { generateKeys, hasCode, isPastRetention, KEYS_FILE, KeysError } from './key-store.ts';

export type { EncryptionKey, Pepper, SigningKey } from './key-material.ts';
export { generateKeys, type KeyEntry, listKeys, rotateKeys } from './key-store.ts';

/** `current` makes new things; `find` gives any key that still verifies, for at most 31 days after its retirement. */
export type KeySet<K> = { readonly current: K; find(kid: string): K | undefined };

/** The keys of this installation, followed while they change on disk. */
export type KeyRing = {
  readonly signing: KeySet<SigningKey>;
  readonly encryption: KeySet<EncryptionKey>;
  readonly pepper: KeySet<Pepper>;
  /** Grows with every reload; what was derived from an older generation is to be forgotten. */
  readonly generation: number;
  /** The public halves of the signing keys (RFC 7517 section 5). */
  jwks(): { keys: JWK[] };
  /**
   * Looks at the folder now rather than at the next poll, at most four times a second however many ask; never throws.
   * For a kid that is not known: another node may have heard of a rotation first.
   */
  refresh(): Promise<void>;
  close(): void;
};

export type KeyRingOptions = {
  /** KEYS_DIR. */
  readonly dir: string;
  /** Development: makes the keys when there are none. */
  readonly createIfMissing: boolean;
  /** Production: what is weak or readable by group or others is refused instead of handed to `onWarning`. */
  readonly strict: boolean;
  readonly now?: () => Date;
  readonly pollIntervalMs?: number;
  /** After new keys were taken over. */
  readonly onReload?: (change: { readonly added: string[]; readonly dropped: string[] }) => void;
  /** Something to tell the operator; the ring goes on with the keys that it has. Once per distinct message. */
  readonly onWarning?: (message: string) => void;
};

const POLL_INTERVAL_MS = 20_000;
const REFRESH_SPACING_MS = 250;

/**
 * Opens the keys in a folder and follows their rotation without a restart.
 *
 * @throws KeysError naming every mistake in one message: keys missing (and `createIfMissing` false), broken, or weak (strict).
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  if (options.createIfMissing) await generateWhereMissing(options);
  const follower = new KeyFollower(options);
  await follower.load();
  follower.start();
  return follower.ring();
}

async function generateWhereMissing(options: KeyRingOptions): Promise<void> {
  try {
    await stat(join(options.dir, KEYS_FILE));
    return;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  try {
    await generateKeys({ dir: options.dir, ...(options.now && { now: options.now }) });
  } catch (error) {
    // Another process was faster: its keys are as good.
    if (!(error instanceof KeysError && error.reason === 'exists')) throw error;
  }
}

class KeyFollower {
  readonly #options: KeyRingOptions;
  readonly #now: () => Date;
  readonly #warned = new Set<string>();
  #material: KeyMaterial = { signing: [], encryption: [], pepper: [] };
  #seen = '';
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #looks: Promise<void> = Promise.resolve();
  #looksUnderWay = 0;

  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  async load(): Promise<void> {
    const { dir, strict } = this.#options;
    // The signature is read first: a change while the keys are read is then seen by the next look.
    const signature = await signatureOf(dir);
    const material = await loadKeyMaterial({
      dir,
      strict,
      now: this.#now(),
      onWarning: (message) => this.#warn(message),
    });
    const before = new Set(kidsOf(this.#material));
    const after = new Set(kidsOf(material));
    this.#material = material;
    this.#seen = signature;
    this.#generation += 1;
    if (before.size === 0) return;
    this.#options.onReload?.({
      added: [...after].filter((kid) => !before.has(kid)),
      dropped: [...before].filter((kid) => !after.has(kid)),
    });
  }

  start(): void {
    const look = () => void (this.#looksUnderWay === 0 && this.#check());
    this.#timer = setInterval(look, this.#options.pollIntervalMs ?? POLL_INTERVAL_MS);
    this.#timer.unref();
  }

  ring(): KeyRing {
    const follower = this;
    return {
      signing: this.#set((material) => material.signing),
      encryption: this.#set((material) => material.encryption),
      pepper: this.#set((material) => material.pepper),
      get generation() {
        return follower.#generation;
      },
      jwks: () => ({ keys: this.#material.signing.filter((key) => this.#isAlive(key)).map((key) => key.jwk) }),
      refresh: () => this.#refresh(),
      close: () => clearInterval(this.#timer),
    };
  }

  /** Everyone who asks while a look is due shares it, so that made-up kids cost four looks a second at most. */
  #refresh(): Promise<void> {
    this.#checking ??= this.#checkSpaced().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #checkSpaced(): Promise<void> {
    const waitMs = this.#checkedAtMs + REFRESH_SPACING_MS - performance.now();
    if (waitMs > 0) await delay(waitMs);
    this.#checkedAtMs = performance.now();
    await this.#check();
  }

  /** One look after the other, so that a change is taken over once; and one that begins now, so that what was written before it is seen. */
  #check(): Promise<void> {
    this.#looksUnderWay += 1;
    this.#looks = this.#looks
      .then(() => this.#look())
      .finally(() => {
        this.#looksUnderWay -= 1;
      });
    return this.#looks;
  }

  async #look(): Promise<void> {
    try {
      if ((await signatureOf(this.#options.dir)) === this.#seen) return;
      await this.load();
      this.#warned.clear();
    } catch (error) {
      // A half-written state among others: `#seen` is unchanged, so the next look tries again.
      this.#warn(`Kept the keys in use, because new ones could not be read. ${messageOf(error)}`);
    }
  }

  #set<K extends SigningKey | EncryptionKey | Pepper>(select: (material: KeyMaterial) => readonly K[]): KeySet<K> {
    const follower = this;
    return {
      get current() {
        const key = select(follower.#material).find((candidate) => candidate.retiredAt === null);
        if (key === undefined) throw new Error('A key ring without a current key');
        return key;
      },
      find: (kid) => select(this.#material).find((key) => key.kid === kid && this.#isAlive(key)),
    };
  }

  #isAlive(key: { readonly retiredAt: string | null }): boolean {
    return !isPastRetention(key.retiredAt, this.#now());
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.onWarning?.(message);
  }
}

/** Changes whenever keys.json is replaced: a rename brings another inode, an edit another time. */
async function signatureOf(dir: string): Promise<string> {
  const path = join(dir, KEYS_FILE);
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      throw new KeysError('missing', `No keys in ${dir}: run "node server/src/main.ts keys generate".`);
    }
    throw error;
  }
}

function kidsOf(material: KeyMaterial): string[] {
  return [...material.signing, ...material.encryption, ...material.pepper].map((key) => key.kid);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
