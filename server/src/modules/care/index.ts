export { acceptRequest } from './accept-request.ts';
export { treats } from './access.ts';
export { addDiagnosis } from './add-diagnosis.ts';
export { cancelRequest } from './cancel-request.ts';
export { closeLeftRequests } from './close-left-requests.ts';
export { closeRequest } from './close-request.ts';
export { countRecords } from './count-records.ts';
export { declineRequest } from './decline-request.ts';
export { correctDiagnosis } from './diagnosis/correct-diagnosis.ts';
export { patientProfile } from './get-patient.ts';
export { importCodes } from './icd10/import-codes.ts';
export {
  endLease,
  findOverdueLeases,
  fulfilLease,
  holdLease,
  type Lease,
  settleLeaseJob,
} from './lease.ts';
export { lockRecord } from './lock-record.ts';
export { careNotice } from './mails/care-notice.ts';
export { measureWaiting } from './measure-waiting.ts';
export { rateRequest } from './rate-request.ts';
export { type FoundFlag, findRedFlags } from './red-flags/find-red-flags.ts';
export { flagRequestJob } from './red-flags/flag-request.ts';
export { releaseRequest } from './release-request.ts';
export { removeCareRecord } from './remove-record.ts';
export { reportAcceptance, reportLoad, reportWaiting, type Span } from './report-requests.ts';
export { requestChanged } from './request-changed.ts';
export { headOfLine, type Line, type RequestNews, requestNews } from './request-news.ts';
export { requestStates } from './request-states.ts';
export { requestsAbout } from './requests-about.ts';
export {
  acceptReserved,
  dropReservations,
  endReserved,
  moveReservation,
  submitReserved,
} from './reserve-request.ts';
export { markRoomOpened, type RoomState, raiseRoomsOf, requestsAfter, roomStateOf, syncRoomJob } from './room.ts';
export { submitRequest } from './submit-request.ts';
export { takeRequestsBack } from './take-requests-back.ts';
export { countTreated } from './transfers/hand-over.ts';
export { type HandedOver, handedOverJob } from './transfers/handed-over.ts';
export { offerTransfer } from './transfers/offer-transfer.ts';
export { transfersAbout } from './transfers/transfers-about.ts';
