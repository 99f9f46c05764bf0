import type { Round } from './history.ts';
import { ackedIsReadable } from './invariants/acked-is-readable.ts';
import { auditComplete } from './invariants/audit-complete.ts';
import { changesAsStored } from './invariants/changes-as-stored.ts';
import { changesHold } from './invariants/changes-hold.ts';
import { changesReachEverybody } from './invariants/changes-reach-everybody.ts';
import { dense } from './invariants/dense.ts';
import { editsStay } from './invariants/edits-stay.ts';
import { filesReachMembers } from './invariants/files-reach-members.ts';
import type { Check } from './invariants/invariant.ts';
import { noAckedMessageLost } from './invariants/no-acked-message-lost.ts';
import { noFalseAck } from './invariants/no-false-ack.ts';
import { noInternalError } from './invariants/no-internal-error.ts';
import { nodesBounded } from './invariants/nodes-bounded.ts';
import { noneTwice } from './invariants/none-twice.ts';
import { nothingUncommitted } from './invariants/nothing-uncommitted.ts';
import { onlyMembersSee } from './invariants/only-members-see.ts';
import { readingStays } from './invariants/reading-stays.ts';
import { sendersOrderKept } from './invariants/senders-order-kept.ts';
import { viewsAgree } from './invariants/views-agree.ts';
import { viewsConverge } from './invariants/views-converge.ts';

/** The delivery promise as nineteen questions to a round. Each is a pure function in a file of its own. */
export const invariants = {
  'no acked message lost': noAckedMessageLost,
  'none twice': noneTwice,
  dense,
  'all views agree': viewsAgree,
  "a sender's order is kept": sendersOrderKept,
  'nothing uncommitted is shown': nothingUncommitted,
  'no false ack': noFalseAck,
  'only members see': onlyMembersSee,
  'views converge': viewsConverge,
  'nodes are bounded': nodesBounded,
  'the audit is complete': auditComplete,
  'what is acked is readable': ackedIsReadable,
  'no internal error': noInternalError,
  'edits stay': editsStay,
  'changes reach everybody': changesReachEverybody,
  'changes hold': changesHold,
  'changes are as stored': changesAsStored,
  'files reach members alone': filesReachMembers,
  'reading stays': readingStays,
} as const satisfies Record<string, Check>;

export type InvariantName = keyof typeof invariants;

/** What does not hold of a round, by invariant. Empty: everything holds. */
export function checkRound(round: Round): Map<InvariantName, string[]> {
  const broken = new Map<InvariantName, string[]>();
  for (const [name, check] of Object.entries(invariants) as [InvariantName, Check][]) {
    const found = check(round);
    if (found.length > 0) broken.set(name, found);
  }
  return broken;
}
