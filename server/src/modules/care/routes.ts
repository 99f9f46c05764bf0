import * as contract from '@openward/contracts';
import { ifSearched, serve } from '#platform/http/route.ts';
import { acceptRequest } from './accept-request.ts';
import { addDiagnosis } from './add-diagnosis.ts';
import { cancelRequest } from './cancel-request.ts';
import { closeRequest } from './close-request.ts';
import { declineRequest } from './decline-request.ts';
import { correctDiagnosis } from './diagnosis/correct-diagnosis.ts';
import { listDiagnosisVersions } from './diagnosis/list-versions.ts';
import { getPatient } from './get-patient.ts';
import { getRequest } from './get-request.ts';
import { searchIcd10 } from './icd10/search-icd10.ts';
import { listRequests } from './list-requests.ts';
import { rateRequest } from './rate-request.ts';
import { releaseRequest } from './release-request.ts';
import { submitRequest } from './submit-request.ts';
import { getSummary } from './summary/get-summary.ts';
import { verifySummary } from './summary/verify-summary.ts';
import { getOwnTimeline, getPatientTimeline } from './timeline.ts';
import { consentTransfer, refuseTransfer, withdrawTransfer } from './transfers/decide-transfer.ts';
import { handOver } from './transfers/hand-over.ts';
import { listTransfers } from './transfers/list-transfers.ts';
import { offerTransfer } from './transfers/offer-transfer.ts';
import { acceptTransfer, declineTransfer } from './transfers/take-over.ts';

export const careRoutes = [
  serve(contract.submitRequest, 'write', submitRequest, { priority: 'care' }),
  serve(contract.listRequests, 'read', listRequests),
  serve(contract.getRequest, 'read', getRequest, { priority: 'care' }),
  serve(contract.acceptRequest, 'write', acceptRequest, { priority: 'care' }),
  serve(contract.declineRequest, 'write', declineRequest),
  serve(contract.releaseRequest, 'write', releaseRequest),
  serve(contract.closeRequest, 'write', closeRequest, { priority: 'care' }),
  serve(contract.cancelRequest, 'write', cancelRequest),
  serve(contract.addDiagnosis, 'write', addDiagnosis, { priority: 'care' }),
  serve(contract.offerTransfer, 'write', offerTransfer),
  serve(contract.withdrawTransfer, 'write', withdrawTransfer),
  serve(contract.consentTransfer, 'write', consentTransfer),
  serve(contract.refuseTransfer, 'write', refuseTransfer),
  serve(contract.acceptTransfer, 'write', acceptTransfer),
  serve(contract.declineTransfer, 'write', declineTransfer),
  serve(contract.listTransfers, 'read', listTransfers),
  // A transaction for each request.
  serve(contract.handOver, 'write', handOver, { weight: 20 }),
  serve(contract.rateRequest, 'write', rateRequest),
  serve(contract.getPatient, 'read', getPatient),
  serve(contract.correctDiagnosis, 'write', correctDiagnosis),
  serve(contract.listDiagnosisVersions, 'read', listDiagnosisVersions),
  serve(contract.searchIcd10, 'read', searchIcd10, { weight: ifSearched(2) }),
  serve(contract.getPatientTimeline, 'read', getPatientTimeline),
  serve(contract.getOwnTimeline, 'read', getOwnTimeline),
  // Fonts and layout: some 80 ms of a core.
  serve(contract.getSummary, 'read', getSummary, { weight: 50, priority: 'bulk' }),
  serve(contract.verifySummary, 'write', verifySummary),
];
