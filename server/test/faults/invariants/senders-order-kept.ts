import { eventsOf } from '../history.ts';
import { type AckView, acksOf, type SendView, sendKey, storedByKey } from '../views.ts';
import type { Check } from './invariant.ts';

type Sent = { sends: SendView[]; ackedAt: number; seq: number; calm: boolean };

/**
 * (5) A sender's order is kept, wherever it has one: what was sent after an ack comes after what the ack was for; and of two that
 * were sent one after the other on one connection, both at the first try, the first comes first.
 */
export const sendersOrderKept: Check = (round) => {
  const found: string[] = [];
  for (const sent of groupBySenderAndRoom(round).values()) {
    sent.sort((one, other) => firstAt(one) - firstAt(other));
    found.push(...breaches(sent));
  }
  return found;
};

function breaches(sent: readonly Sent[]): string[] {
  const found: string[] = [];
  // The largest seq that was acknowledged so far, as one walks along the times of sending.
  const byAck = sent
    .filter(({ ackedAt }) => Number.isFinite(ackedAt))
    .sort((one, other) => one.ackedAt - other.ackedAt);
  let acked = 0;
  let highest: Sent | undefined;
  const lastOn = new Map<string, Sent>();
  for (const one of sent) {
    for (let next = byAck[acked]; next !== undefined && next.ackedAt < firstAt(one); next = byAck[acked]) {
      if (highest === undefined || next.seq > highest.seq) highest = next;
      acked += 1;
    }
    if (highest !== undefined && highest.seq > one.seq)
      found.push(`${describe(one)} was sent after the ack of ${describe(highest)}`);
    const connection = one.sends[0]?.connection;
    if (!one.calm || connection === null || connection === undefined) continue;
    const before = lastOn.get(connection);
    if (before !== undefined && before.seq > one.seq)
      found.push(`${describe(one)} was sent on ${connection} after ${describe(before)}`);
    lastOn.set(connection, one);
  }
  return found;
}

function groupBySenderAndRoom(round: Parameters<Check>[0]): Map<string, Sent[]> {
  const stored = storedByKey(round);
  const acks = new Map<string, AckView>();
  for (const ack of acksOf(round)) if (!acks.has(sendKey(ack))) acks.set(sendKey(ack), ack);
  const sends = new Map<string, SendView[]>();
  for (const send of eventsOf(round, 'send')) sends.set(sendKey(send), [...(sends.get(sendKey(send)) ?? []), send]);
  const groups = new Map<string, Sent[]>();
  for (const [key, tries] of sends) {
    const seq = stored.get(key)?.seq;
    const [first] = tries;
    if (seq === undefined || first === undefined) continue;
    const ack = acks.get(key);
    const calm = tries.length === 1 && ack !== undefined && ack.connection === first.connection && !ack.duplicate;
    const group = `${first.roomId} ${first.accountId}`;
    groups.set(group, [
      ...(groups.get(group) ?? []),
      { sends: tries, ackedAt: ack?.at ?? Number.POSITIVE_INFINITY, seq, calm },
    ]);
  }
  return groups;
}

function firstAt({ sends }: Sent): number {
  return sends[0]?.at ?? 0;
}

function describe({ sends, seq }: Sent): string {
  return `${sends[0]?.roomId} ${sends[0]?.clientId} (seq ${seq})`;
}
