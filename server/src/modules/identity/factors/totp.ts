import { Secret, TOTP } from 'otpauth';

/** What every authenticator app knows without being told (RFC 6238 with the defaults of the key URI format). */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const issuer = 'Openward';
/** Steps that a phone's clock may be off either way, and a slow hand takes (RFC 6238, section 5.2). */
const windowSteps = 1;

/** 160 random bits, as long as the HMAC (RFC 4226, section 4, R6). */
export function newTotpSecret(): Buffer {
  return Buffer.from(new Secret({ size: 20 }).bytes);
}

/** The secret as people type it and as a QR code holds it. */
export function totpForApp(secret: Buffer, label: string): { secret: string; otpauthUri: string } {
  const totp = new TOTP({ ...parameters, issuer, label, secret: toSecret(secret) });
  return { secret: totp.secret.base32, otpauthUri: totp.toString() };
}

/**
 * The time step (30 s since 1970) that a code of six digits belongs to, or null for a wrong one. Digits of full width, as Japanese and Chinese
 * keyboards write them, are digits.
 */
export function stepOfCode(secret: Buffer, typed: string, at: Date): number | null {
  const code = typed.normalize('NFKC');
  if (!/^[0-9]{6}$/.test(code)) return null;
  const timestamp = at.getTime();
  const delta = TOTP.validate({
    ...parameters,
    token: code,
    secret: toSecret(secret),
    timestamp,
    window: windowSteps,
  });
  return delta === null ? null : TOTP.counter({ period: parameters.period, timestamp }) + delta;
}

function toSecret(bytes: Buffer): Secret {
  return new Secret({ buffer: new Uint8Array(bytes).buffer });
}
