export {
  type AccountWithBan,
  accountView,
  addressView,
  banIsRunning,
  findAccount,
  findAccountByEmail,
  holdAccount,
  languageOf,
  lockAccount,
  nameOf,
  normalEmail,
  readerOf,
} from './accounts/account.ts';
export { recordAnswer, recordAppeal } from './accounts/appeals.ts';
export { banAccount, bansOf, liftBan } from './accounts/bans.ts';
export { checkRoleFields, createAccount, type NewAccount } from './accounts/create-account.ts';
export { eraseAccount } from './accounts/erase-account.ts';
export { holdActor, holdActorBefore, lockActor, takeTurn } from './accounts/hold-actor.ts';
export { namesOf } from './accounts/names.ts';
export { findDueRecords, removeUnusedProfile, takeDueRecord } from './accounts/remove-profile.ts';
export { setApproval } from './accounts/set-approval.ts';
export { updateProfile } from './accounts/update-profile.ts';
export { countBanned, countLiveSessions } from './count-accounts.ts';
export { recordWrongRole } from './events/event-series.ts';
export { recordForgedCopy, recordSecurityEvent, securityEventsAbout } from './events/security-event.ts';
export { findAddressKeeper, issueLink, linksAbout, openLink, takeLink } from './links/email-link.ts';
export { markVerified } from './links/verify-email.ts';
export { appealMail } from './mails/appeal-answered.ts';
export { approvalMail } from './mails/approval-decided.ts';
export { addressKeptMail, emailChangeMail } from './mails/email-change.ts';
export { linkMail, linkUrl } from './mails/link-mails.ts';
export { newDeviceMail } from './mails/new-device.ts';
export { noticeMail } from './mails/notices.ts';
export { recoveryCodeMail } from './mails/recovery-code-used.ts';
export { measureAccounts } from './measure-accounts.ts';
export { passkeysAbout } from './passkeys/passkey.ts';
export { confirmPassword, lockConfirmed } from './passwords/change-password.ts';
export {
  authenticate,
  authenticateSession,
  authenticateToken,
  findLiveSessions,
  isKnownCaller,
} from './sessions/authenticate.ts';
export { endAllSessions, sessionsEnded } from './sessions/end-sessions.ts';
export { recognizeDevice } from './sessions/known-device.ts';
export { lastSeenAt, liveSessions, sessionsAbout } from './sessions/own-sessions.ts';
export { steppedUp } from './sessions/reauthenticate.ts';
export { devicesOf } from './sessions/remember-device.ts';
export { accessCookie, clearSession } from './sessions/session-cookies.ts';
export { isLive } from './sessions/session-life.ts';
export { accounts, banAppeals, bans, emailLinks, knownDevices, patients, sessions } from './tables.ts';
