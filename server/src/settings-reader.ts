import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseLimitOverrides } from './limit-overrides.ts';
import type { LimitOverrides } from './limits.ts';
import { parseDatabaseUrl } from './platform/database/database-url.ts';
import { parseS3Url } from './platform/files/s3-store.ts';
import { parseRedisUrl } from './platform/redis/redis-url.ts';
import { findUnreadableFiles } from './platform/redis/tls.ts';

/** What is wrong with the settings: every mistake, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(mistakes: string[]) {
    super(`The settings are not usable:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
  }
}

/** After so many minutes doctors hear of what nobody took, then admins. */
export type Escalation = { doctors: number; admins: number };

export type Environment = Record<string, string | undefined>;

/** Settings that hold passwords: each may be in a file instead, named by the setting with _FILE behind it. */
const secrets = ['DATABASE_URL', 'CHAT_DATABASE_URL', 'REDIS_URL', 'SMTP_URL', 'ATTACHMENTS_URL'];

/** Reads settings one by one, and gathers what is wrong with them. */
export class SettingsReader {
  readonly #environment: Environment;
  readonly #mistakes: string[] = [];

  constructor(environment: Environment) {
    this.#environment = { ...environment };
    for (const name of secrets) this.#readSecret(name);
  }

  /** From where an orchestrator puts secrets: an environment is shown to many, and inherited by all children. */
  #readSecret(name: string): void {
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return;
    if (this.text(name) !== undefined) this.mistake(`${name}_FILE`, `is set beside ${name}; set one of the two`);
    try {
      this.#environment[name] = readFileSync(file, 'utf8');
    } catch (error) {
      this.mistake(`${name}_FILE`, `cannot be read (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  mistake(name: string, what: string): void {
    this.#mistakes.push(`${name} ${what}.`);
  }

  finish(): void {
    if (this.#mistakes.length > 0) throw new ConfigError(this.#mistakes);
  }

  /** Empty counts as unset: that is how compose files and shells clear a variable. */
  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  oneOf<const V extends string>(name: string, values: readonly V[], fallback: V): V {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) this.mistake(name, `is "${value}"; it takes ${values.join(', ')}`);
    return found ?? fallback;
  }

  /** A list separated by commas, or `none`. */
  someOf<const V extends string>(name: string, values: readonly V[], fallback: readonly V[]): readonly V[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const names = value === 'none' ? [] : value.split(',').map((item) => item.trim());
    const found = values.filter((candidate) => names.includes(candidate));
    if (found.length !== new Set(names).size)
      this.mistake(name, `is "${value}"; it takes none, or some of ${values.join(', ')}, separated by commas`);
    return found;
  }

  list(name: string): string[] {
    return (this.text(name)?.split(',') ?? []).map((item) => item.trim()).filter((item) => item !== '');
  }

  optionalInteger(name: string, min: number, max: number): number | null {
    const value = this.text(name);
    if (value === undefined) return null;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    this.mistake(name, `is "${value}"; it takes a whole number from ${min} to ${max}`);
    return null;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    return this.optionalInteger(name, min, max) ?? fallback;
  }

  /** Whole numbers separated by commas, largest first, or `none`. */
  integers(name: string, fallback: readonly number[], min: number, max: number): readonly number[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const numbers = value === 'none' ? [] : value.split(',').map(Number);
    if (numbers.every((number) => Number.isInteger(number) && number >= min && number <= max))
      return [...new Set(numbers)].toSorted((one, other) => other - one);
    this.mistake(name, `is "${value}"; it takes none, or whole numbers from ${min} to ${max}, separated by commas`);
    return fallback;
  }

  /** Two whole numbers of minutes, the second larger, or `off`. */
  escalation(name: string, fallback: Escalation | null): Escalation | null {
    const value = this.text(name);
    if (value === undefined) return fallback;
    if (value === 'off') return null;
    const [, doctors, admins] = /^(\d{1,5})\s*,\s*(\d{1,5})$/.exec(value)?.map(Number) ?? [];
    if (doctors !== undefined && admins !== undefined && doctors >= 1 && admins > doctors) return { doctors, admins };
    this.mistake(name, `is "${value}"; it takes off, or minutes until doctors and then admins are told, like 3,10`);
    return null;
  }

  fraction(name: string, fallback: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (number >= 0 && number <= 1) return number;
    this.mistake(name, `is "${value}"; it takes a number from 0 to 1`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['1', 'true', 'on', 'yes'].includes(value)) return true;
    if (!['0', 'false', 'off', 'no'].includes(value)) this.mistake(name, `is "${value}"; it takes on or off`);
    return false;
  }

  /** The value is never repeated in the mistake: URLs of this kind hold passwords. */
  url(name: string, protocols: string[]): string | null {
    const value = this.text(name);
    if (value === undefined) return null;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    this.mistake(name, `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
    return null;
  }

  databaseUrl(name: string): string | null {
    const value = this.text(name);
    if (value === undefined || parseDatabaseUrl(value) !== null) return value ?? null;
    this.mistake(
      name,
      'is not a URL like postgres://user:password@host:5432/database; several servers are separated by commas, ?target_session_attrs takes any, read-write, primary or prefer-standby',
    );
    return null;
  }

  s3Url(name: string): string | null {
    const value = this.text(name);
    if (value === undefined || parseS3Url(value) !== null) return value ?? null;
    this.mistake(name, 'is not s3://key:secret@host/bucket, with ?region=… and ?tls=off where needed');
    return null;
  }

  redisUrl(name: string): string | null {
    const value = this.text(name);
    if (value === undefined) return null;
    const target = parseRedisUrl(value);
    if (target === null)
      this.mistake(
        name,
        'is not redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port, with the options of docs/operations.md',
      );
    else
      for (const { file, reason } of findUnreadableFiles(target))
        this.mistake(name, `names the file ${file}, which cannot be read (${reason})`);
    return value;
  }

  /** Addresses or networks, separated by commas. */
  addresses(name: string): string[] {
    const value = this.text(name);
    if (value === undefined || value === 'none') return [];
    const list = value.split(',').map((item) => item.trim());
    for (const item of list) {
      const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(item) ?? [];
      const version = isIP(address);
      // Not /0 either: to trust everybody is to believe whatever a caller writes.
      if (version === 0 || Number(prefix ?? 1) < 1 || Number(prefix ?? 1) > (version === 4 ? 32 : 128)) {
        this.mistake(name, `has "${item}"; it takes addresses or networks like 10.0.0.0/8, separated by commas`);
      }
    }
    return list;
  }

  limits(name: string): LimitOverrides {
    const file = this.text(name);
    if (file === undefined) return {};
    try {
      const { overrides, mistakes } = parseLimitOverrides(JSON.parse(readFileSync(file, 'utf8')));
      for (const mistake of mistakes) this.mistake(name, mistake);
      return overrides;
    } catch (error) {
      this.mistake(name, `cannot be read as JSON (${error instanceof Error ? error.message : String(error)})`);
      return {};
    }
  }
}
