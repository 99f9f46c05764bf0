export { checkDatabase } from './check-database.ts';
export { chatJobs } from './jobs.ts';
export { removeMessagesJob } from './remove-messages.ts';
export { roomsAbout } from './rooms-about.ts';
export { chatRoutes } from './routes.ts';
export { sendMessage } from './send-message.ts';
export { createChatGateway } from './socket/gateway.ts';
export { syncRoom } from './sync-room.ts';
