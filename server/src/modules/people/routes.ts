import * as contract from '@openward/contracts';
import { ifSearched, serve } from '#platform/http/route.ts';
import { clearSession, steppedUp } from '#server/modules/identity/index.ts';
import { answerAppeal, appealBan } from './appeal-ban.ts';
import { askApproval } from './ask-approval.ts';
import { createUser } from './create-user.ts';
import { confirmDeletion, requestDeletion } from './delete-own-account.ts';
import { exportMe } from './export-me.ts';
import { downloadReport, getReports } from './get-reports.ts';
import { getStats } from './get-stats.ts';
import { listApprovals } from './list-approvals.ts';
import { listRecordReads } from './list-record-reads.ts';
import { listUsers } from './list-users.ts';
import { getMe, updateMe } from './me.ts';
import { approveDoctor, banUser, deleteUser, liftBan, listBans, rejectDoctor } from './moderate-user.ts';
import { removeOwnDocument, uploadDocument } from './own-documents.ts';
import { getUser, getUserForAdmin } from './view-user.ts';

export const peopleRoutes = [
  serve(contract.getMe, 'read', getMe),
  serve(contract.updateMe, 'write', updateMe),
  // All that there is of somebody: 30 ms with 2,000 messages, and more with more.
  serve(contract.exportMe, 'read', exportMe, { weight: 50, priority: 'bulk' }),
  serve(contract.listRecordReads, 'read', listRecordReads),
  serve(contract.requestDeletion, 'write', requestDeletion),
  serve(contract.confirmDeletion, 'write', async (ctx, input, http): Promise<undefined> => {
    await confirmDeletion(ctx, input);
    clearSession(http, { withDevice: true });
  }),
  serve(contract.getUser, 'read', getUser),
  // A search goes through all accounts.
  serve(contract.listUsers, 'read', listUsers, { weight: ifSearched(10) }),
  serve(contract.createUser, 'write', createUser),
  serve(contract.getUserForAdmin, 'read', getUserForAdmin),
  serve(contract.deleteUser, 'write', steppedUp(deleteUser)),
  serve(contract.banUser, 'write', steppedUp(banUser)),
  serve(contract.liftBan, 'write', liftBan),
  serve(contract.listBans, 'read', listBans),
  serve(contract.appealBan, 'write', appealBan),
  serve(contract.answerAppeal, 'write', answerAppeal),
  serve(contract.approveDoctor, 'write', approveDoctor),
  serve(contract.rejectDoctor, 'write', steppedUp(rejectDoctor)),
  serve(contract.listApprovals, 'read', listApprovals),
  serve(contract.askApproval, 'write', askApproval),
  serve(
    contract.uploadApprovalDocument,
    'write',
    (ctx, input, http) => uploadDocument(ctx, { ...input, file: http.upload() }),
    { weight: 5 },
  ),
  serve(contract.removeApprovalDocument, 'write', removeOwnDocument),
  serve(contract.getStats, 'read', getStats),
  // Each goes through all requests of the span.
  serve(contract.getReports, 'read', getReports, { weight: 20, priority: 'bulk' }),
  serve(contract.downloadReport, 'read', downloadReport, { weight: 20, priority: 'bulk' }),
];
