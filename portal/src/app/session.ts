import { OpenwardError, type Reply } from '@openward/client';
import type { Role } from '@openward/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { forgetDrafts, readKept, writeKept } from '#i18n/kept.ts';
import { api, onSessionEnd } from './api.ts';
import { queryClient } from './query-client.ts';

/**
 * Who uses this browser. The cookies cannot be seen from here, so a note is kept of whose they are: it spares strangers two
 * calls, brings the right start page at once, and tells the other tabs of a login or logout. It is no proof of anything.
 */
export type Holder = { readonly id: string; readonly role: Role };

export type Me = Reply<'getMe'>;

/** Why one has to log in again; said on the login page. */
export type Ending = { readonly code: string; readonly error: OpenwardError };

let holder = readHolder();
let ending: Ending | null = null;
const listeners = new Set<() => void>();

function readHolder(): Holder | null {
  try {
    const { id, role } = JSON.parse(readKept('account') ?? '') as Partial<Holder>;
    return typeof id === 'string' && (role === 'patient' || role === 'doctor' || role === 'admin')
      ? { id, role }
      : null;
  } catch {
    return null;
  }
}

function change(next: Holder | null): void {
  holder = next;
  for (const listener of listeners) listener();
}

/** Somebody has come, gone, or been replaced; in whichever tab. */
export function onHolderChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentHolder(): Holder | null {
  return holder;
}

/** Who is logged in, as far as this browser knows; null for a stranger. */
export function useHolder(): Holder | null {
  return useSyncExternalStore(onHolderChange, currentHolder);
}

/** Why the last session ended, if not by its owner. */
export function lastEnding(): Ending | null {
  return ending;
}

/** After a login of whatever kind. What was there of somebody else is forgotten first. */
export function beginSession({ id, role }: Holder): void {
  queryClient.clear();
  forgetDrafts(id);
  ending = null;
  writeKept('account', JSON.stringify({ id, role }));
  change({ id, role });
}

function endSession(reason: Ending | null): void {
  ending = reason;
  writeKept('account', null);
  change(null);
  queryClient.clear();
}

const leavers = new Set<(holder: Holder) => void>();

/** Who keeps something of an account in this browser hears when its owner leaves, here, on purpose. */
export function onLogOut(listener: (holder: Holder) => void): void {
  leavers.add(listener);
}

export async function logOut({ everywhere = false } = {}): Promise<void> {
  const chosen = (['language', 'theme'] as const).map((name) => [name, readKept(name)] as const);
  await (everywhere ? api.logOutAll() : api.logOut());
  // The answer has the browser forget everything (Clear-Site-Data); these say nothing about anybody.
  for (const [name, value] of chosen) writeKept(name, value);
  if (holder !== null) for (const listener of leavers) listener(holder);
  forgetDrafts(null);
  endSession(null);
}

/** The own account with the profile of its role. */
export const meQuery = { queryKey: ['me'], queryFn: loadMe, staleTime: 5 * 60_000 } as const;

async function loadMe(): Promise<Me> {
  try {
    return await api.getMe();
  } catch (error) {
    // The note was wrong, or the session has run out while nobody was here.
    if (error instanceof OpenwardError && (error.status === 401 || error.code === 'account-banned'))
      endSession({ code: error.code === 'unauthenticated' ? 'session-ended' : error.code, error });
    throw error;
  }
}

export function useMe(): UseQueryResult<Me> {
  return useQuery({ ...meQuery, enabled: useHolder() !== null });
}

onSessionEnd((error) => {
  if (holder !== null) endSession({ code: error.code === 'unauthenticated' ? 'session-ended' : error.code, error });
});

// Another tab has logged in or out: what this one shows is somebody else's now.
addEventListener('storage', ({ key }) => {
  if (key !== 'openward.account' && key !== null) return;
  const next = readHolder();
  if (next?.id === holder?.id) return;
  queryClient.clear();
  ending = null;
  change(next);
});
