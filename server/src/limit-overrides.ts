import {
  httpLimits,
  type Limit,
  type LimitName,
  type LimitOverrides,
  limits,
  loadLimits,
  socketLimits,
  writeLimits,
} from './limits.ts';

/** The bounds beside the rate limits, by the names that they have in the file. */
const bounds: Record<'http' | 'load' | 'socket' | 'write', Record<string, number>> = {
  http: httpLimits,
  load: loadLimits,
  socket: socketLimits,
  write: writeLimits,
};

/** Reads overrides out of a parsed JSON file. Each mistake names the limit. */
export function parseLimitOverrides(json: unknown): { overrides: LimitOverrides; mistakes: string[] } {
  const overrides: LimitOverrides = {};
  const mistakes: string[] = [];
  if (!isObject(json)) return { overrides, mistakes: ['is not a JSON object'] };
  for (const [name, value] of Object.entries(json)) {
    if (isBounds(name)) overrides[name] = parseBounds(name, value, mistakes);
    else if (!isLimitName(name))
      mistakes.push(
        `names "${name}", which is not a limit; there are ${[...Object.keys(limits), ...Object.keys(bounds)].join(', ')}`,
      );
    else if (isLimit(value)) overrides[name] = { points: value.points, windowS: value.windowS };
    else mistakes.push(`has "${name}", which takes { "points": 1 or more, "windowS": 1 or more }`);
  }
  return { overrides, mistakes };
}

function parseBounds(group: keyof typeof bounds, value: unknown, mistakes: string[]): Record<string, number> {
  const known = bounds[group];
  const entries = isObject(value) ? Object.entries(value) : [['', value] as const];
  const good = entries.filter(
    (entry): entry is [string, number] => Object.hasOwn(known, entry[0]) && isCount(entry[1]),
  );
  if (good.length !== entries.length)
    mistakes.push(`has "${group}", which takes an object of whole numbers from 1 on: ${Object.keys(known).join(', ')}`);
  return Object.fromEntries(good);
}

function isBounds(name: string): name is keyof typeof bounds {
  return Object.hasOwn(bounds, name);
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(limits, name);
}

function isLimit(value: unknown): value is Limit {
  return isObject(value) && isCount(value['points']) && isCount(value['windowS']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}
