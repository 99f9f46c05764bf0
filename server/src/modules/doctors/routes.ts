import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { getDoctor, listRatings } from './get-doctor.ts';
import { listDoctors } from './list-doctors.ts';
import { listSpecialties } from './list-specialties.ts';

export const doctorRoutes = [
  serve(contract.listSpecialties, 'read', listSpecialties),
  serve(contract.listDoctors, 'read', listDoctors),
  serve(contract.getDoctor, 'read', getDoctor),
  serve(contract.listRatings, 'read', listRatings),
];
