export {
  type ApprovalRow,
  decideApproval,
  findApproval,
  lastDecisionOf,
  openApproval,
  openApprovalOf,
} from './approvals/keep-approval.ts';
export { removeDocument } from './approvals/remove-document.ts';
export { reserveDocument, storeDocument } from './approvals/upload-document.ts';
export { approvalOf, approvalsAbout, waitingApprovals } from './approvals/view-approval.ts';
export { acceptingAmong, countAccepting, findAccepting } from './count-accepting.ts';
export { eraseComments } from './erase-comments.ts';
export { findDoctor } from './get-doctor.ts';
export { approveDoctorAs, createDoctor, eraseDoctor, syncDoctor, updateDoctorProfile } from './keep-doctor.ts';
export { ratingsAbout } from './ratings-about.ts';
export { recordRating } from './record-rating.ts';
export { ratingsIn, reportRatings } from './report-ratings.ts';
export { doctors, ratings } from './tables.ts';
export { availabilityChanged } from './topics.ts';
export { doctorProfileView, doctorView, isSpecialty, specialtyView } from './view.ts';
