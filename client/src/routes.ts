import type * as contracts from '@openward/contracts';
import type { Contract, InputOf, ReplyOf } from '@openward/contracts';

type Exports = typeof contracts;

/** Every route of the contract, by its name there. */
export type Routes = { [N in keyof Exports as Exports[N] extends Contract ? N : never]: Extract<Exports[N], Contract> };
export type RouteName = keyof Routes;

type Line<C extends Contract> = `${C['method']} ${C['path']}`;

/**
 * Method and path of every route. The contract is imported for its types only, so that no schema library reaches a
 * browser; a line that is missing, left over or different from the contract does not compile.
 */
export const routeLines = {
  appealBan: 'POST /auth/ban-appeal',
  beginPasskeyLogin: 'POST /auth/login/passkey/options',
  changeEmail: 'POST /auth/change-email',
  changePassword: 'POST /auth/change-password',
  confirmEmail: 'POST /auth/confirm-email',
  endSession: 'DELETE /auth/sessions/{id}',
  forgotPassword: 'POST /auth/forgot-password',
  issueTokens: 'POST /auth/tokens',
  issueTokensByPasskey: 'POST /auth/tokens/passkey',
  listSessions: 'GET /auth/sessions',
  logOut: 'POST /auth/logout',
  logOutAll: 'POST /auth/logout-all',
  login: 'POST /auth/login',
  loginByPasskey: 'POST /auth/login/passkey',
  refresh: 'POST /auth/refresh',
  register: 'POST /auth/register',
  resendVerification: 'POST /auth/resend-verification',
  resetPassword: 'POST /auth/reset-password',
  undoEmailChange: 'POST /auth/undo-email-change',
  verifyEmail: 'POST /auth/verify-email',
  beginReauthentication: 'POST /auth/reauthenticate/options',
  confirmTotp: 'POST /auth/mfa/totp/confirm',
  disableTotp: 'DELETE /auth/mfa/totp',
  reauthenticate: 'POST /auth/reauthenticate',
  setUpTotp: 'POST /auth/mfa/totp',
  confirmPasskey: 'POST /auth/mfa/passkeys/confirm',
  listPasskeys: 'GET /auth/mfa/passkeys',
  removePasskey: 'DELETE /auth/mfa/passkeys/{id}',
  renamePasskey: 'PATCH /auth/mfa/passkeys/{id}',
  setUpPasskey: 'POST /auth/mfa/passkeys',
  confirmDeletion: 'POST /me/deletion/confirm',
  exportMe: 'GET /me/export',
  getMe: 'GET /me',
  getUser: 'GET /users/{id}',
  requestDeletion: 'POST /me/deletion',
  updateMe: 'PATCH /me',
  getDoctor: 'GET /doctors/{id}',
  listDoctors: 'GET /doctors',
  listRatings: 'GET /doctors/{id}/ratings',
  listSpecialties: 'GET /specialties',
  askApproval: 'POST /me/approval',
  listApprovals: 'GET /admin/approvals',
  openApprovalDocument: 'GET /admin/approval-documents/{id}',
  openOwnDocument: 'GET /me/approval/documents/{id}',
  removeApprovalDocument: 'DELETE /me/approval/documents/{id}',
  uploadApprovalDocument: 'POST /me/approval/documents',
  acceptRequest: 'POST /requests/{id}/accept',
  addDiagnosis: 'POST /requests/{id}/diagnoses',
  cancelRequest: 'POST /requests/{id}/cancel',
  closeRequest: 'POST /requests/{id}/close',
  declineRequest: 'POST /requests/{id}/decline',
  getPatient: 'GET /patients/{id}',
  getRequest: 'GET /requests/{id}',
  listRequests: 'GET /requests',
  rateRequest: 'POST /requests/{id}/rating',
  releaseRequest: 'POST /requests/{id}/release',
  submitRequest: 'POST /requests',
  acceptTransfer: 'POST /requests/{id}/transfer/accept',
  consentTransfer: 'POST /requests/{id}/transfer/consent',
  declineTransfer: 'POST /requests/{id}/transfer/decline',
  handOver: 'POST /me/handover',
  listTransfers: 'GET /transfers',
  offerTransfer: 'POST /requests/{id}/transfer',
  refuseTransfer: 'POST /requests/{id}/transfer/refuse',
  withdrawTransfer: 'POST /requests/{id}/transfer/withdraw',
  correctDiagnosis: 'POST /requests/{id}/diagnoses/{diagnosisId}/corrections',
  getOwnTimeline: 'GET /me/timeline',
  getPatientTimeline: 'GET /patients/{id}/timeline',
  getSummary: 'GET /requests/{id}/summary.pdf',
  listDiagnosisVersions: 'GET /requests/{id}/diagnoses/{diagnosisId}/versions',
  listRecordReads: 'GET /me/record-reads',
  searchIcd10: 'GET /icd10',
  verifySummary: 'POST /summaries/verify',
  addHourException: 'POST /me/hours/exceptions',
  bookAppointment: 'POST /appointments',
  cancelAppointment: 'POST /appointments/{id}/cancel',
  downloadAppointment: 'GET /appointments/{id}/calendar',
  getAppointment: 'GET /appointments/{id}',
  getHours: 'GET /me/hours',
  listAppointments: 'GET /appointments',
  listHourExceptions: 'GET /me/hours/exceptions',
  listSlots: 'GET /doctors/{id}/slots',
  markNoShow: 'POST /appointments/{id}/no-show',
  moveAppointment: 'POST /appointments/{id}/move',
  removeHourException: 'DELETE /me/hours/exceptions/{id}',
  setHours: 'PUT /me/hours',
  editMessage: 'PATCH /rooms/{id}/messages/{seq}',
  getAttachment: 'GET /rooms/{id}/attachments/{attachmentId}',
  getRoom: 'GET /rooms/{id}',
  issueTicket: 'POST /chat/tickets',
  listChanges: 'GET /rooms/{id}/changes',
  listMessages: 'GET /rooms/{id}/messages',
  listRooms: 'GET /rooms',
  listVersions: 'GET /rooms/{id}/messages/{seq}/versions',
  markRead: 'PUT /rooms/{id}/read',
  openAttachment: 'GET /chat/attachments/{link}',
  retractMessage: 'DELETE /rooms/{id}/messages/{seq}',
  searchMessages: 'GET /rooms/{id}/search',
  sendMessage: 'POST /rooms/{id}/messages',
  uploadAttachment: 'POST /rooms/{id}/attachments',
  addPushSubscription: 'POST /me/push-subscriptions',
  countNotifications: 'GET /notifications/unread-count',
  getNotificationPreferences: 'GET /me/notification-preferences',
  listNotifications: 'GET /notifications',
  listPushSubscriptions: 'GET /me/push-subscriptions',
  readNotifications: 'PUT /notifications/read',
  removePushSubscription: 'DELETE /me/push-subscriptions/{id}',
  setNotificationPreferences: 'PUT /me/notification-preferences',
  approveDoctor: 'POST /admin/doctors/{id}/approve',
  banUser: 'POST /admin/users/{id}/ban',
  createUser: 'POST /admin/users',
  deleteUser: 'DELETE /admin/users/{id}',
  endUserSessions: 'DELETE /admin/users/{id}/sessions',
  getStats: 'GET /admin/stats',
  getUserForAdmin: 'GET /admin/users/{id}',
  liftBan: 'DELETE /admin/users/{id}/ban',
  listAudit: 'GET /admin/audit',
  listBans: 'GET /admin/users/{id}/bans',
  listSecurityEvents: 'GET /admin/security-events',
  listUsers: 'GET /admin/users',
  rejectDoctor: 'POST /admin/doctors/{id}/reject',
  resetSecondFactor: 'POST /admin/users/{id}/mfa/reset',
  answerAppeal: 'POST /admin/users/{id}/ban/appeal',
  listAppeals: 'GET /admin/appeals',
  downloadReport: 'GET /admin/stats.csv',
  getReports: 'GET /admin/stats/reports',
  liftAbuse: 'POST /admin/abuse/{id}/lift',
  listAbuse: 'GET /admin/abuse',
} as const satisfies { readonly [N in RouteName]: Line<Routes[N]> };

/** Optional members may also be given as `undefined`, which is not sent. */
type Lenient<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | undefined : T[K] };

/** What a route takes: parameters, query and body as one flat object. */
export type Input<N extends RouteName> = keyof InputOf<Routes[N]> extends never
  ? Record<string, never>
  : Lenient<InputOf<Routes[N]>>;

/** What a route answers; `undefined` when it answers without a body. */
export type Reply<N extends RouteName> = ReplyOf<Routes[N]>;

export type CallOptions = {
  /**
   * Gives up, also between retries and while the session is renewed, which goes on for other calls. The call then rejects with the signal's
   * reason.
   */
  readonly signal?: AbortSignal | undefined;
  /** How long one attempt may take. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined;
};

/** For the routes that create (201): the same key and input give the same answer, so such a call is retried too. */
export type CreateOptions = CallOptions & {
  /** 1 to 255 visible ASCII characters, new for each thing to create: `crypto.randomUUID()`. */
  readonly idempotencyKey?: string | undefined;
};

export type OptionsOf<N extends RouteName> = 201 extends keyof Routes[N]['replies'] ? CreateOptions : CallOptions;

/** One route as a function. The input may be left out where nothing in it is required. */
export type Call<N extends RouteName> =
  Record<never, never> extends Input<N>
    ? (input?: Input<N>, options?: OptionsOf<N>) => Promise<Reply<N>>
    : (input: Input<N>, options?: OptionsOf<N>) => Promise<Reply<N>>;
