export {
  type AccountWithBan,
  accountView,
  addressView,
  banIsRunning,
  findAccount,
  findAccountByEmail,
  holdAccount,
  lockAccount,
  nameOf,
  normalEmail,
} from './account.ts';
export { authenticate, authenticateSession, authenticateToken, findLiveSessions } from './authenticate.ts';
export { banAccount, bansOf, liftBan } from './bans.ts';
export { confirmPassword } from './change-password.ts';
export { checkRoleFields, createAccount, type NewAccount } from './create-account.ts';
export { findAddressKeeper, issueLink, linksAbout, openLink, takeLink } from './email-link.ts';
export { sessionsEnded } from './end-sessions.ts';
export { eraseAccount } from './erase-account.ts';
export { recordWrongRole } from './event-series.ts';
export { holdActor } from './hold-actor.ts';
export { identityJobs } from './jobs.ts';
export { addressKeptMail, emailChangeMail } from './mails/email-change.ts';
export { linkMail, linkUrl } from './mails/link-mails.ts';
export { newDeviceMail } from './mails/new-device.ts';
export { noticeMail } from './mails/notices.ts';
export { recoveryCodeMail } from './mails/recovery-code-used.ts';
export { namesOf } from './names.ts';
export { liveSessions, sessionsAbout } from './own-sessions.ts';
export { passkeysAbout } from './passkey.ts';
export { steppedUp } from './reauthenticate.ts';
export { devicesOf } from './remember-device.ts';
export { findDueRecords, removeUnusedProfile, takeDueRecord } from './remove-profile.ts';
export { identityRoutes } from './routes.ts';
export { securityEventsAbout } from './security-event.ts';
export { accessCookie, clearSession } from './session-cookies.ts';
export { isLive } from './session-life.ts';
export { setApproval } from './set-approval.ts';
export { accounts, bans, emailLinks, patients, sessions } from './tables.ts';
export { updateProfile } from './update-profile.ts';
export { markVerified } from './verify-email.ts';
