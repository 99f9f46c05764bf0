import { useText } from '#i18n/use-text.ts';

const roles = ['patient', 'doctor', 'admin'] as const;

/** What the server writes down. A newer server may know more: those stand under their own names. */
export const auditActions = [
  'abuse.lifted',
  'account.banned',
  'account.created',
  'account.deleted',
  'account.deletion-asked',
  'account.email-change-asked',
  'account.email-change-undone',
  'account.email-changed',
  'account.email-verified',
  'account.exported',
  'account.mfa-disabled',
  'account.mfa-enabled',
  'account.mfa-reset',
  'account.password-changed',
  'account.password-reset',
  'account.read',
  'account.registered',
  'account.totp-added',
  'account.totp-removed',
  'account.unbanned',
  'appointment.booked',
  'appointment.cancelled',
  'appointment.moved',
  'appointment.no-show',
  'appointments.listed',
  'approval.asked',
  'approval.document-added',
  'approval.document-read',
  'approval.document-removed',
  'attachment.read',
  'audit.read',
  'diagnosis.corrected',
  'doctor.approved',
  'doctor.rejected',
  'hours.changed',
  'icd10.imported',
  'message.edited',
  'message.retracted',
  'messages.removed',
  'passkey.added',
  'passkey.removed',
  'passkey.renamed',
  'profile.updated',
  'record.exported',
  'record.read',
  'record.removed',
  'request.accepted',
  'request.cancelled',
  'request.closed',
  'request.declined',
  'request.diagnosed',
  'request.rated',
  'request.released',
  'request.submitted',
  'request.taken-back',
  'requests.listed',
  'room.read',
  'rooms.listed',
  'session.ended',
  'session.started',
] as const;

export const eventKinds = [
  'abuse-lifted',
  'abuse-step',
  'cache-forged',
  'email-change-undone',
  'login-failed',
  'login-failures-in-series',
  'mfa-disabled',
  'mfa-enabled',
  'mfa-reset',
  'new-device',
  'passkey-added',
  'passkey-cloned',
  'passkey-removed',
  'recovery-code-used',
  'refresh-token-reused',
  'role-probing',
  'second-factor-failed',
  'session-cache-forged',
  'session-mismatch',
  'token-forged',
  'totp-added',
  'totp-removed',
] as const;

/** The codes of the logs in words, each the code itself where there are none. */
export function useLogWords() {
  const t = useText('log');
  const admin = useText('admin');
  const wordFor = (code: string, key: string) => {
    const text = t(key as 'log.by');
    return text === key ? code : text;
  };
  return {
    action: (code: string) => wordFor(code, `action.${code}`),
    event: (code: string) => wordFor(code, `event.${code}`),
    subject: (code: string) => wordFor(code, `subject.${code}`),
    role: (code: string) => {
      const role = roles.find((role) => role === code);
      return role === undefined ? code : admin(`role.${role}`);
    },
    /** Null for a rule that is newer than this page: then the server's own sentence has to do. */
    rule: (code: string) => {
      const text = wordFor('', `rule.${code}`);
      return text === '' ? null : text;
    },
  };
}
