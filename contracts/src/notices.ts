import Type, { type Static } from 'typebox';
import { route } from './route.ts';
import { Id, IdParams, Nullable, OneOf, Page, PageQuery, Shape, Time } from './schema.ts';

/** What people are told of. A kind says that something happened and where; never what is the matter with anybody. */
export const noticeKinds = [
  'request-accepted',
  'request-declined',
  'request-handed-back',
  'request-diagnosed',
  'request-corrected',
  'request-lease-ended',
  'request-received',
  'urgent-request-received',
  'waiting-long',
  'lease-ended',
  'doctor-left',
  'transfer-offered',
  'transfer-waiting',
  'transfer-done',
  'transfer-over',
  'new-message',
  'appointment-changed',
  'appointment-reminder',
  'appeal-received',
  'nobody-takes',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** `requestId`, `roomId`, `userId`: what it leads to, where it is one. */
export const Notification = Shape({
  id: Id,
  kind: OneOf(noticeKinds),
  requestId: Nullable(Id),
  roomId: Nullable(Id),
  userId: Nullable(Id),
  createdAt: Time,
  readAt: Nullable(Time),
});
export type Notification = Static<typeof Notification>;

export const listNotifications = route({
  method: 'GET',
  path: '/notifications',
  area: 'Accounts',
  summary: 'What one was told of, newest first: the newest 200, for 90 days.',
  who: 'logged-in',
  query: Shape({ unread: Type.Optional(Type.Boolean({ description: 'Only those not read yet.' })), ...PageQuery }),
  replies: { 200: Page(Notification) },
  errors: [],
});

export const countNotifications = route({
  method: 'GET',
  path: '/notifications/unread-count',
  area: 'Accounts',
  summary: 'How many notifications are not read yet, counted up to 1,000.',
  who: 'logged-in',
  replies: { 200: Shape({ unread: Type.Integer() }) },
  errors: [],
});

export const readNotifications = route({
  method: 'PUT',
  path: '/notifications/read',
  area: 'Accounts',
  summary:
    'Mark notifications as read: those of `ids`, or all up to `until`, the newest that was shown. Others’ and unknown ones are left alone.',
  who: 'logged-in',
  body: Shape({
    ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true })),
    until: Type.Optional(Id),
  }),
  replies: { 204: null },
  errors: [],
});

/** `security`: what the account's owner has to know, always by mail. */
export const preferenceKinds = [...noticeKinds, 'security'] as const;

/** `fixed`: it cannot be changed. The list in the portal has every notice. */
export const NotificationPreference = Shape({
  kind: OneOf(preferenceKinds),
  mail: Type.Boolean(),
  push: Type.Boolean(),
  fixed: Type.Boolean(),
});
export type NotificationPreference = Static<typeof NotificationPreference>;

const Preferences = Shape({ items: Type.Array(NotificationPreference) });

export const getNotificationPreferences = route({
  method: 'GET',
  path: '/me/notification-preferences',
  area: 'Accounts',
  summary: 'Which kinds of notices come by mail and by push: all those that somebody of this role may get.',
  who: 'logged-in',
  replies: { 200: Preferences },
  errors: [],
});

export const setNotificationPreferences = route({
  method: 'PUT',
  path: '/me/notification-preferences',
  area: 'Accounts',
  summary: 'Change some of them; what is absent stays. Mails about security cannot be switched off.',
  who: 'logged-in',
  body: Shape({
    items: Type.Array(
      Shape({
        kind: OneOf(noticeKinds),
        mail: Type.Optional(Type.Boolean()),
        push: Type.Optional(Type.Boolean()),
      }),
      { minItems: 1, maxItems: noticeKinds.length },
    ),
  }),
  replies: { 200: Preferences },
  errors: [],
});

/** `service`: the host of the push service. The address itself is not shown again: whoever has it can send. */
export const PushSubscription = Shape({
  id: Id,
  service: Type.String(),
  createdAt: Time,
  lastUsedAt: Nullable(Time),
  current: Type.Boolean({ description: 'Made in this session.' }),
});

export const listPushSubscriptions = route({
  method: 'GET',
  path: '/me/push-subscriptions',
  area: 'Accounts',
  summary: 'The browsers that get notices by push, and the key to subscribe with: null where push is off.',
  who: 'logged-in',
  replies: { 200: Shape({ publicKey: Nullable(Type.String()), items: Type.Array(PushSubscription) }) },
  errors: [],
});

const key = (bytes: number, description: string) =>
  Type.String({
    pattern: `^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`,
    description,
    examples: ['B'.padEnd(Math.ceil((bytes * 4) / 3), 'A')],
  });

export const addPushSubscription = route({
  method: 'POST',
  path: '/me/push-subscriptions',
  area: 'Accounts',
  summary:
    'Get notices by push in this browser, as `PushManager.subscribe` gave it (RFC 8030, 8291). Again with the same endpoint it is renewed. It ends with the session; of more than ten the oldest goes.',
  who: 'logged-in',
  body: Shape({
    endpoint: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'https, at a push service that this server knows.',
      examples: ['https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk'],
    }),
    keys: Shape({
      p256dh: key(65, 'The browser’s public key, base64url.'),
      auth: key(16, 'The shared secret, base64url.'),
    }),
  }),
  replies: { 201: PushSubscription },
  errors: ['push-unavailable'],
});

export const removePushSubscription = route({
  method: 'DELETE',
  path: '/me/push-subscriptions/{id}',
  area: 'Accounts',
  summary: 'No more notices there.',
  who: 'logged-in',
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found'],
});
