import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { acceptRequest } from './accept-request.ts';
import { addDiagnosis } from './add-diagnosis.ts';
import { cancelRequest } from './cancel-request.ts';
import { closeRequest } from './close-request.ts';
import { declineRequest } from './decline-request.ts';
import { getPatient } from './get-patient.ts';
import { getRequest } from './get-request.ts';
import { listRequests } from './list-requests.ts';
import { rateRequest } from './rate-request.ts';
import { releaseRequest } from './release-request.ts';
import { submitRequest } from './submit-request.ts';

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
  serve(contract.rateRequest, 'write', rateRequest),
  serve(contract.getPatient, 'read', getPatient),
];
