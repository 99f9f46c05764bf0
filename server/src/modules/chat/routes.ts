import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { editMessage } from './edit-message.ts';
import { getAttachment } from './get-attachment.ts';
import { getRoom } from './get-room.ts';
import { issueTicket } from './issue-ticket.ts';
import { listChanges } from './list-changes.ts';
import { listMessages } from './list-messages.ts';
import { listRooms } from './list-rooms.ts';
import { listVersions } from './list-versions.ts';
import { markRead } from './mark-read.ts';
import { openAttachment } from './open-attachment.ts';
import { retractMessage } from './retract-message.ts';
import { searchMessages } from './search-messages.ts';
import { sendMessage } from './send-message.ts';
import { uploadAttachment } from './upload-attachment.ts';

export const chatRoutes = [
  serve(contract.listRooms, 'read', listRooms),
  serve(contract.getRoom, 'read', getRoom, { priority: 'care' }),
  serve(contract.listMessages, 'read', listMessages, { priority: 'care' }),
  serve(
    contract.sendMessage,
    'write',
    async (ctx, input, http) => {
      const { message, duplicate } = await sendMessage(ctx, input);
      http.status(duplicate ? 200 : 201);
      return message;
    },
    { priority: 'care' },
  ),
  serve(contract.markRead, 'write', markRead, { priority: 'care' }),
  serve(contract.retractMessage, 'write', retractMessage, { priority: 'care' }),
  serve(contract.editMessage, 'write', editMessage, { priority: 'care' }),
  serve(contract.listVersions, 'read', listVersions),
  serve(contract.listChanges, 'read', listChanges, { priority: 'care' }),
  // Up to 50 ms a page.
  serve(contract.searchMessages, 'read', searchMessages, { weight: 10, priority: 'bulk' }),
  // Sixty a minute: six messages with ten pictures.
  serve(
    contract.uploadAttachment,
    'write',
    (ctx, input, http) => uploadAttachment(ctx, { ...input, file: http.upload() }),
    { weight: 5 },
  ),
  serve(contract.getAttachment, 'read', getAttachment),
  serve(contract.openAttachment, 'read', openAttachment),
  serve(contract.issueTicket, 'write', issueTicket),
];
