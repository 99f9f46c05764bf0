import type { NoticeKind, Role } from '@openward/contracts';

export type NoticeRule = {
  readonly roles: readonly Role[];
  /** The defaults; who gets it chooses. */
  readonly mail: boolean;
  readonly push: boolean;
  /** Those of so many minutes become one mail, of what has not been read by then. Absent: each is mailed at once. */
  readonly togetherMinutes?: number;
};

const patient = ['patient'] as const;
const doctor = ['doctor'] as const;

/** Every kind of notice: who gets it, and how. In what words stands in `mails/texts/`. */
export const noticeRules: Readonly<Record<NoticeKind, NoticeRule>> = {
  'request-accepted': { roles: patient, mail: true, push: true },
  'request-declined': { roles: patient, mail: true, push: true },
  'request-handed-back': { roles: patient, mail: true, push: true },
  'request-diagnosed': { roles: patient, mail: true, push: true },
  'request-corrected': { roles: patient, mail: true, push: true },
  'request-lease-ended': { roles: patient, mail: true, push: true },
  'waiting-long': { roles: doctor, mail: true, push: true },
  'lease-ended': { roles: doctor, mail: true, push: true },
  'request-received': { roles: doctor, mail: true, push: true, togetherMinutes: 10 },
  'urgent-request-received': { roles: doctor, mail: true, push: true },
  'doctor-left': { roles: patient, mail: true, push: true },
  'transfer-offered': { roles: patient, mail: true, push: true },
  'transfer-waiting': { roles: doctor, mail: true, push: true },
  'transfer-done': { roles: ['patient', 'doctor'], mail: true, push: true },
  'transfer-over': { roles: ['patient', 'doctor'], mail: true, push: false },
  'new-message': { roles: ['patient', 'doctor'], mail: true, push: true },
  'appointment-changed': { roles: ['patient', 'doctor'], mail: true, push: true },
  'appointment-reminder': { roles: ['patient', 'doctor'], mail: true, push: true },
  'appeal-received': { roles: ['admin'], mail: true, push: false, togetherMinutes: 10 },
  'nobody-takes': { roles: ['admin'], mail: true, push: true },
};

type Where = { kind: NoticeKind; requestId: string | null; roomId: string | null; userId: string | null };

/** The page of the portal that a notice leads to, for somebody of a role. */
export function pageOf({ kind, requestId, roomId, userId }: Where, role: Role): string {
  if (kind === 'transfer-waiting' && requestId !== null) return `/transfers/${requestId}`;
  if (roomId !== null) return `/chat/${roomId}`;
  if (userId !== null && role === 'admin') return `/admin/users/${userId}`;
  if (requestId === null && kind.startsWith('appointment-')) return '/appointments';
  if (kind === 'nobody-takes') return '/admin/audit?action=request.escalated';
  if (kind === 'waiting-long' || kind === 'lease-ended') return '/inbox';
  if (requestId === null) return '/';
  if (role === 'patient') return `/requests/${requestId}`;
  return kind.endsWith('request-received') ? `/inbox/${requestId}` : `/consultations/${requestId}`;
}
