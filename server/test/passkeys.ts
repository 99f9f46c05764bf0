import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
} from '@openward/contracts';
import type { People, Person } from './factories.ts';
import { origin } from './harness.ts';
import type { Answer, Api } from './http.ts';

/** What an attacker's page, browser or authenticator may do otherwise than ours. */
export type Deviation = {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  crossOrigin?: boolean;
  /** The user's finger or PIN was asked for. */
  userVerified?: boolean;
  userPresent?: boolean;
  signCount?: number;
  userHandle?: string | null;
  syncable?: boolean;
  backedUp?: boolean;
  /** Signs with this key instead. */
  key?: KeyObject;
};

const flag = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 };

type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

/** A passkey as a phone or security key holds it (WebAuthn Level 3), with its browser around it. */
export class SoftPasskey {
  readonly id = randomBytes(32);
  readonly #algorithm: Algorithm;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  /** Counts its uses like a security key; null: always zero, as synced passkeys do. */
  signCount: number | null;
  readonly #syncable: boolean;
  userHandle: string | null = null;

  constructor(options: { algorithm?: Algorithm; counts?: boolean; syncable?: boolean } = {}) {
    this.#algorithm = options.algorithm ?? 'ES256';
    const { privateKey, publicKey } = newKeys(this.#algorithm);
    [this.#privateKey, this.#publicKey] = [privateKey, publicKey];
    this.signCount = options.counts === true ? 0 : null;
    this.#syncable = options.syncable ?? false;
  }

  /** `navigator.credentials.create()` */
  create(options: PasskeyCreationOptions, deviation: Deviation = {}): PasskeyRegistration {
    this.userHandle = options.user.id;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const attested = Buffer.concat([
      Buffer.alloc(16),
      length,
      this.id,
      cbor(coseKey(this.#publicKey, this.#algorithm)),
    ]);
    const authData = this.#authenticatorData(options.rp.id, deviation, attested);
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]);
    return {
      ...this.#names(),
      response: {
        clientDataJSON: clientData('webauthn.create', options.challenge, deviation).toString('base64url'),
        attestationObject: cbor(attestation).toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    };
  }

  /** `navigator.credentials.get()` */
  get(options: PasskeyRequestOptions, deviation: Deviation = {}): PasskeyAssertion {
    const client = clientData('webauthn.get', options.challenge, deviation);
    const authData = this.#authenticatorData(options.rpId, deviation);
    const signed = Buffer.concat([authData, sha256(client)]);
    const key = deviation.key ?? this.#privateKey;
    return {
      ...this.#names(),
      response: {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign(this.#algorithm === 'EdDSA' ? null : 'sha256', signed, key).toString('base64url'),
        userHandle: deviation.userHandle === undefined ? this.userHandle : deviation.userHandle,
      },
    };
  }

  #names() {
    const id = this.id.toString('base64url');
    return { id, rawId: id, type: 'public-key' as const };
  }

  #authenticatorData(rpId: string, deviation: Deviation, attested = Buffer.alloc(0)): Buffer {
    if (this.signCount !== null) this.signCount += 1;
    const { userPresent = true, userVerified = true, syncable = this.#syncable, backedUp = syncable } = deviation;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(deviation.signCount ?? this.signCount ?? 0);
    const flags =
      (userPresent ? flag.present : 0) |
      (userVerified ? flag.verified : 0) |
      (syncable ? flag.eligible : 0) |
      (backedUp ? flag.backedUp : 0) |
      (attested.length > 0 ? flag.attested : 0);
    return Buffer.concat([sha256(Buffer.from(deviation.rpId ?? rpId)), Buffer.from([flags]), count, attested]);
  }
}

/** Adds a passkey to an account, as its owner does. */
export async function addPasskey(
  { api }: Pick<Person, 'api'>,
  passkey = new SoftPasskey(),
  name = 'Phone',
): Promise<{ passkey: SoftPasskey; id: string; recoveryCodes: string[] }> {
  const begun = await api('POST', '/auth/mfa/passkeys');
  const made = passkey.create(begun.body);
  const { status, body } = await api('POST', '/auth/mfa/passkeys/confirm', { name, passkey: made });
  if (status !== 200) throw new Error(`The passkey was not added: ${JSON.stringify(body)}`);
  return { passkey, id: body.passkey.id, recoveryCodes: body.recoveryCodes };
}

/** A patient who has a passkey. */
export async function withPasskey(people: People, passkey = new SoftPasskey()): Promise<[Person, SoftPasskey]> {
  const person = await people.patient();
  await addPasskey(person, passkey);
  return [person, passkey];
}

/** Logs in by password, by bearer, with whatever second factor. */
export function logInByPassword(
  api: Api,
  { email, password }: Pick<Person, 'email' | 'password'>,
  factor: object = {},
): Promise<Answer> {
  return api('POST', '/auth/tokens', { email, password, ...factor });
}

/** Logs in by passkey alone, by bearer. */
export async function logInByPasskey(api: Api, passkey: SoftPasskey, deviation: Deviation = {}): Promise<Answer> {
  return api('POST', '/auth/tokens/passkey', { passkey: await assertionOf(api, passkey, deviation) });
}

/** What a passkey signs for fresh options of a login. */
export async function assertionOf(
  api: Api,
  passkey: SoftPasskey,
  deviation: Deviation = {},
): Promise<PasskeyAssertion> {
  return passkey.get((await api('POST', '/auth/login/passkey/options')).body, deviation);
}

function newKeys(algorithm: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function clientData(type: string, challenge: string, deviation: Deviation): Buffer {
  const { crossOrigin = false } = deviation;
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin, ...definedOf(deviation) }));
}

function definedOf({ type, challenge, origin }: Deviation) {
  return Object.fromEntries(Object.entries({ type, challenge, origin }).filter(([, value]) => value !== undefined));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** RFC 9053: what kind of key, for which algorithm, and its numbers. */
function coseKey(key: KeyObject, algorithm: Algorithm): Map<number, Cbor> {
  const jwk = key.export({ format: 'jwk' });
  const bytes = (text = '') => Buffer.from(text, 'base64url');
  if (algorithm === 'EdDSA') return numbered({ 1: 1, 3: -8, [-1]: 6, [-2]: bytes(jwk.x) });
  if (algorithm === 'RS256') return numbered({ 1: 3, 3: -257, [-1]: bytes(jwk.n), [-2]: bytes(jwk.e) });
  return numbered({ 1: 2, 3: -7, [-1]: 1, [-2]: bytes(jwk.x), [-3]: bytes(jwk.y) });
}

function numbered(members: Record<number, Cbor>): Map<number, Cbor> {
  return new Map(Object.entries(members).map(([label, value]) => [Number(label), value]));
}

type Cbor = number | string | Buffer | Cbor[] | Map<string | number, Cbor>;

/** As much of CBOR (RFC 8949) as authenticators speak. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const members = [...value].flatMap(([label, member]) => [cbor(label), cbor(member)]);
  return Buffer.concat([head(5, value.size), ...members]);
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument]);
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 0xff]);
}
