export { checkDatabase } from './check-database.ts';
export { followRestored } from './follow-restored.ts';
export { removeMessagesJob } from './remove-messages.ts';
export { roomsAbout } from './rooms-about.ts';
export { sendMessage } from './send-message.ts';
export { syncRoom } from './sync-room.ts';
export { syncRoomsNow } from './sync-rooms-now.ts';
export { tellAwayJob } from './tell-away.ts';
