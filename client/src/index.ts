export type { Chat, ChatOptions } from './chat/chat.ts';
export type { ChatEvents } from './chat/events.ts';
export type { ChatState } from './chat/link.ts';
export type { Ack, OutboxEntry, OutboxStorage } from './chat/outbox.ts';
export { type Calls, type ClientOptions, createClient, type Openward } from './client.ts';
export { each } from './each.ts';
export { type ErrorCode, type FieldError, OpenwardError } from './error.ts';
export type { CallOptions, CreateOptions, Input, Reply, RouteName } from './routes.ts';
export type { Tokens } from './session.ts';
