import { lookup as resolve } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { buildPushPayload } from '@block65/webcrypto-web-push';
import type { PushKey } from '../crypto/push-key.ts';
import { isPublicAddress, pushServiceOf } from './push-services.ts';

/** A browser that wants to be pushed to, as it said itself. */
export type PushTarget = { endpoint: string; p256dh: string; auth: string };

export type PushMessage = {
  /** What the service worker gets, encrypted for it alone. Ids and kinds: the screen of a phone is seen by others. */
  payload: Record<string, string>;
  /** Of several with the same that could not be delivered yet the newest is: at most 32 characters of base64url. */
  topic: string;
  urgency: 'normal' | 'high';
};

/** `gone`: the service will never take one for this browser again. `refused`: not this one, and it would be no other the next time. */
export type PushOutcome = 'sent' | 'gone' | 'refused';

export type Push = {
  /** What browsers subscribe with. */
  readonly publicKey: string;
  /** Whether this server sends to an endpoint. */
  accepts(endpoint: string): boolean;
  /** @throws Error when the service cannot be reached or does not take it now: trying again makes sense. */
  send(target: PushTarget, message: PushMessage): Promise<PushOutcome>;
};

const timeoutMs = 10_000;
/** Longer in a phone that is off, a notice is no news. */
const lifetimeS = 12 * 3600;

/**
 * Web push (RFC 8030, 8291, 8292). What goes out goes to known services alone, to an address of the internet that was looked at
 * after it was resolved, follows nothing, and takes no longer than ten seconds.
 */
export function createPush(options: {
  key: PushKey;
  /** Whom a service writes to when something is wrong: `mailto:…`. */
  contact: string;
  services: readonly string[];
  /** For tests: everything is sent to this server instead, which plays the services. */
  testOrigin: string | null;
}): Push {
  const { key, contact, services, testOrigin } = options;
  return {
    publicKey: key.publicKey,
    accepts: (endpoint) => pushServiceOf(endpoint, services) !== null,
    async send({ endpoint, p256dh, auth }, { payload, topic, urgency }) {
      const url = pushServiceOf(endpoint, services);
      if (url === null) return 'gone';
      const { headers, body } = await buildPushPayload(
        { data: payload, options: { ttl: lifetimeS, urgency, topic } },
        { endpoint, expirationTime: null, keys: { p256dh, auth } },
        { subject: contact, publicKey: key.publicKey, privateKey: key.privateKey },
      );
      const target = testOrigin === null ? url : new URL(url.pathname + url.search, testOrigin);
      return outcomeOf(await post(target, headers, body));
    },
  };
}

/** 403: the browser subscribed with another key. */
function outcomeOf(status: number): PushOutcome {
  if (status >= 200 && status < 300) return 'sent';
  if (status === 403 || status === 404 || status === 410) return 'gone';
  if (status === 400 || status === 413) return 'refused';
  throw new Error(`The push service answered ${status}`);
}

/** Only in tests a target is not https. */
function post(url: URL, headers: Record<string, string>, body: Uint8Array): Promise<number> {
  const isSecure = url.protocol === 'https:';
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const request = (isSecure ? https : http).request(
    url,
    {
      method: 'POST',
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      agent: false,
      ...(isSecure ? { lookup: lookupPublic } : {}),
    },
    (reply) => {
      done(reply.statusCode ?? 0);
      // What it says beside the status is of no use, and could be without end.
      reply.destroy();
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** The address that is looked at is the one that is connected to: a name that resolves otherwise a moment later gains nothing. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const found = addresses?.filter(({ address }) => isPublicAddress(address)) ?? [];
    const [first] = found;
    if (error !== null || first === undefined) {
      callback(error ?? Object.assign(new Error(`${hostname} has no public address`), { code: 'ENOTFOUND' }), '', 0);
    } else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};
