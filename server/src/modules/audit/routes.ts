import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { listAudit } from './list-audit.ts';

export const auditRoutes = [serve(contract.listAudit, 'read', listAudit)];
