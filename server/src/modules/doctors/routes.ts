import * as contract from '@openward/contracts';
import { ifSearched, serve } from '#platform/http/route.ts';
import { openApprovalDocument, openOwnDocument } from './approvals/open-document.ts';
import { getDoctor, listRatings } from './get-doctor.ts';
import { listDoctors } from './list-doctors.ts';
import { listSpecialties } from './list-specialties.ts';

export const doctorRoutes = [
  serve(contract.listSpecialties, 'read', listSpecialties),
  // A search by name goes through the directory until it has a page.
  serve(contract.listDoctors, 'read', listDoctors, { weight: ifSearched(2) }),
  serve(contract.getDoctor, 'read', getDoctor),
  serve(contract.listRatings, 'read', listRatings),
  serve(contract.openOwnDocument, 'read', openOwnDocument),
  serve(contract.openApprovalDocument, 'read', openApprovalDocument),
];
