import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { liftCase } from './lift-case.ts';
import { listCases } from './list-cases.ts';

export const abuseRoutes = [serve(contract.listAbuse, 'read', listCases), serve(contract.liftAbuse, 'write', liftCase)];
