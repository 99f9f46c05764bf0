/** What a limit counts by, and so what its keys are made of. An address is an IPv6 /64, or an IPv4 address (`addressKey`). */
export type LimitKey =
  | 'account'
  | 'address'
  | 'device'
  | 'recipient'
  | 'account and address'
  | 'account and device'
  | 'account or address';

/** So many points in a window, for each key. A call takes one, or its route's weight. */
export type Limit = { readonly points: number; readonly windowS: number };

type Rule = Limit & {
  readonly by: LimitKey;
  /** What is left is not said in headers: it would tell of what others do, or of what is none of the caller's business. */
  readonly unsaid?: true;
};

/**
 * Every rate limit of the product, by name; docs/operations.md has them as a table. The contract names the defaults of login by
 * account and address, register, mails, reading and writing by account, and reading by address. Beside each of the others
 * stands the most that honest people need, and what it stops.
 *
 * An operator changes points and windows with a JSON file named by LIMITS_FILE,
 * `{ "login.address": { "points": 60, "windowS": 300 } }`, the bounds of connections, load, sockets and writing in the same file,
 * `{ "http": { "connectionsPerAddress": 8000 }, "write": { "maxGroup": 200 } }`.
 */
export const limits = {
  /** Logged in. Dear calls weigh more than one point: the route tables say which. */
  'account.read': { by: 'account', points: 1200, windowS: 60 },
  'account.write': { by: 'account', points: 300, windowS: 60 },
  /** Nobody logged in. */
  'address.read': { by: 'address', points: 300, windowS: 60 },
  /**
   * Refreshing, above all. Honest: a hospital behind one address, 200 people with two devices that wake at eight, two tabs each that
   * refresh at once: 800. Stops: a flood of refreshes, each two signatures and a transaction, 6 ms: an eighth of a core.
   */
  'address.write': { by: 'address', points: 1200, windowS: 60 },
  /** Tries with a password, by the address that was typed, before the hash (ASVS 6.3.1). Another may have taken the points. */
  'login.account': { by: 'account', points: 10, windowS: 300, unsaid: true },
  'login.address': { by: 'address', points: 30, windowS: 300 },
  /**
   * Wrong passwords. Honest: nobody errs twenty times in an hour at one account from one place. Stops: one machine that takes
   * all of an account's points, again and again: after two windows it no longer takes any, for the rest of the hour.
   */
  'login.pair': { by: 'account and address', points: 20, windowS: 3600 },
  /**
   * Instead of `login.address`, from a device that was logged in from before; and instead of `login.account`, at the accounts
   * that it knows. Honest: a reception's machine, where ten people log in when the shift changes, thrice each. Stops:
   * guessing from a stolen device, as slowly as from anywhere.
   */
  'login.device': { by: 'device', points: 30, windowS: 300 },
  'login.known': { by: 'account and device', points: 10, windowS: 300 },
  /** All devices of an account together. Stops: somebody who collects devices of an account of theirs, to have passwords hashed. */
  'login.devices': { by: 'account', points: 50, windowS: 300 },
  /**
   * The password once more, while logged in. Honest: an admin who does twenty destructive acts in a row and mistypes half.
   * Stops: guessing with a stolen session, and the hashes that it costs: 30 are a fortieth of a core.
   */
  'password.account': { by: 'account', points: 30, windowS: 300 },
  /** Codes of a second factor, before they are checked (RFC 6238, 5.2; ASVS 6.5): of whoever has the password. */
  'totp.account': { by: 'account', points: 10, windowS: 300 },
  /** The same for a known device, or a session: who found out the password does not take the owner's tries. */
  'totp.known': { by: 'account and device', points: 10, windowS: 300 },
  /** Challenges for logging in by passkey, a row for five minutes each. Honest: a clinic of 50 at eight, two tries each. */
  'passkey-challenge.address': { by: 'address', points: 120, windowS: 300 },
  'register.address': { by: 'address', points: 10, windowS: 3600 },
  /** Mails of one kind. */
  'mail.recipient': { by: 'recipient', points: 3, windowS: 900 },
  /**
   * Mails asked for by nobody in particular: forgotten passwords, verifications. Honest: a clinic of 50 on the day it
   * moves to Openward, two each. Stops: one machine that writes to a thousand people in our name.
   */
  'mail.address': { by: 'address', points: 100, windowS: 900 },
  /** Security events of one kind that are written down. */
  'security-event.source': { by: 'account or address', points: 60, windowS: 60 },
  /** Not limits of calls: the point that is taken last completes a series, which is then a security event of its own. */
  'series.login-failed.account': { by: 'account', points: 5, windowS: 900, unsaid: true },
  'series.login-failed.address': { by: 'address', points: 20, windowS: 900, unsaid: true },
  'series.wrong-role.account': { by: 'account', points: 5, windowS: 600, unsaid: true },
  /** Mails to an owner about failed logins. */
  'login-alert.account': { by: 'account', points: 1, windowS: 86_400 },
  /** Files uploaded to chats. */
  'attachment.account': { by: 'account', points: 300, windowS: 86_400 },
  /**
   * Codes of summaries that are checked. Honest: a pharmacy behind one address that types three, each twice. Stops: nobody, who would
   * have to guess 140 bits; it keeps the page cheap.
   */
  'summary-check.address': { by: 'address', points: 30, windowS: 300 },
  /** Documents for an approval. Honest: ten, each sent anew once. Stops: a disk filled by accounts that nobody has looked at. */
  'approval-document.account': { by: 'account', points: 40, windowS: 86_400 },
  /**
   * Sockets opened. Honest: five devices of somebody on a train, each of which gets through and loses the line every second
   * (ours waits longer each time, others do not): 300. Stops: opening as work, 5 ms each: a twentieth of a core.
   */
  'socket.connect': { by: 'account', points: 600, windowS: 60 },
} as const satisfies Record<string, Rule>;

export type LimitName = keyof typeof limits;
export type LimitOverrides = Partial<Record<LimitName, Limit>> & {
  http?: Partial<HttpLimits>;
  load?: Partial<LoadLimits>;
  socket?: Partial<SocketLimits>;
  write?: Partial<WriteLimits>;
};

/** The rule of a limit, without the narrow types of the table. */
export const ruleOf = (name: LimitName): Rule => limits[name];

/** Live sessions of one account: one more ends the one that was seen longest ago (ASVS 7.1.2). */
export const sessionsPerAccount = 100;

/** Bounds of a chat socket. Not points in a window but shapes of a stream, hence apart. */
export const socketLimits = {
  maxFrameBytes: 64 * 1024,
  /** Of one message: one of the largest size in frames of 1 kB. */
  maxFragments: 64,
  framesPerSecond: 20,
  frameBurst: 100,
  /** Of all the sockets of an account on one node together, where it has several. */
  accountFramesPerSecond: 60,
  accountFrameBurst: 300,
  /** Sockets that one node lets in: those of a node that died do not all come at once. */
  acceptsPerSecond: 200,
  acceptBurst: 2000,
  /** Rate-limited for this long without a pause: closed with 4429. */
  floodCloseMs: 10_000,
  /** Unreadable frames within a minute before 4409. */
  maxBadFramesPerMinute: 10,
  heartbeatMs: 20_000,
  /** So many bytes unsent for so long: closed with 4408. */
  maxUnsentBytes: 256 * 1024,
  tooSlowMs: 10_000,
  /**
   * On one node. Honest: a reception's account open on thirty machines with three tabs each. Stops: one account that holds a node's
   * memory, at some 20 kB a socket 2 MB.
   */
  socketsPerAccount: 100,
  roomsPerSocket: 500,
  /** Frames of one client that wait for their turn. */
  maxQueuedFrames: 200,
  /** How long the server waits for a client's first frame before it goes live. */
  firstFrameMs: 1000,
  /** Typing of one member in one room is passed on once in this time. */
  typingEveryMs: 1000,
  /** A node says so often that it lives. */
  presenceBeatMs: 1500,
  /** Without a sign of life for so long, a node and its sockets are gone. */
  presenceLeaseMs: 5000,
  /** Who comes back within this time was never away. */
  presenceGraceMs: 5000,
  /** Bytes of one client's frames that wait for their turn. */
  maxQueuedBytes: 256 * 1024,
} as const;

export type SocketLimits = { readonly [K in keyof typeof socketLimits]: number };

/** Bounds of what a node keeps in memory of rooms and news. Nothing is lost beyond them: the rest is in the database, and is read there. */
export const memoryLimits = {
  /** Of one room, for sockets that wait for them. */
  recentMessages: 64,
  recentChars: 128 * 1024,
  /** Frames of one room that wait until its members are known. */
  heldFrames: 100,
  /** Rooms of one account, among which a socket looks for those that are open. */
  roomsLookedAt: 2000,
  /** Requests that changed, until it is looked up who is told. */
  changedRequests: 5000,
  /** Events for other nodes while PostgreSQL is away: older hints are worth nothing by then. */
  queuedEvents: 10_000,
} as const;

/** Bounds of a message's later life. */
export const messageLimits = {
  /** What it said before. */
  versions: 100,
  /** Messages that one call of the search looks at; the next goes on. */
  searchedPerCall: 10_000,
} as const;

/** Bounds of what waits to be written into the chat on one node. Beyond them a send is refused as `unavailable`. */
export const writeLimits = {
  /** Transactions that are under way at one time, in rooms of their own: none waits for a row of another. */
  lanes: 2,
  /** The same where the chat is distributed, each transaction in one room: half of a node's connections, so that reading has the others. */
  distributedLanes: 8,
  /** Messages that are written in one transaction. */
  maxGroup: 500,
  maxWaiting: 10_000,
  /** Characters of text that wait. */
  maxWaitingChars: 16_000_000,
  /** Who has waited so long is refused: with the time of one statement, an answer comes within 5 s. */
  maxWaitMs: 1000,
} as const;

export type WriteLimits = { readonly [K in keyof typeof writeLimits]: number };

/** Bounds of connections to one node, HTTP and sockets together, and of how slowly somebody may ask or listen. */
export const httpLimits = {
  /** At some 15 kB each 240 MB. Fewer where the process may not open as many files. */
  maxConnections: 16_000,
  /**
   * An address, IPv6 by /64; those of TRUST_PROXY are everybody's, and have no cap. Honest: a hospital of 500 behind one
   * address, each with the six connections that a browser opens at most, and two sockets. Stops: one machine that holds all there are.
   */
  connectionsPerAddress: 4000,
  /** The same from three quarters of `maxConnections` on: what is left is for addresses that have few. */
  connectionsPerAddressWhenCrowded: 250,
  /** From the first byte, or from connecting, to the last header. Nobody's headers are larger than 16 kB: 1 kB/s is enough. */
  headersMs: 20_000,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 100,
  /**
   * A body may take so long, and a second more for each so many bytes that have come. Honest: GPRS in a cellar, 3 kB/s.
   * Stops: a connection and a call held by a byte now and then.
   */
  bodyGraceMs: 10_000,
  bodyBytesPerS: 1000,
  /** A request from its first byte to its last, whatever its pace: 10 MB at 17 kB/s. */
  requestMs: 600_000,
  /**
   * The same for who reads an answer. Longer, since a kernel tells of what has left only in steps of a third of its buffer: on a slow
   * line 30 to 100 kB.
   */
  readerGraceMs: 30_000,
  readerBytesPerS: 1000,
  /** Nothing comes and nothing goes while a call is under way. */
  silentMs: 60_000,
  /** Between two calls. A proxy's own time is to be shorter: nginx has 60 s. */
  keepAliveMs: 65_000,
  requestsPerConnection: 10_000,
  /** Calls of one connection that wait behind another of its own. Browsers send none so, proxies neither. */
  maxPipelined: 64,
  /** Answers of one connection within `load.windowMs` that only say "too busy": who does not hear it is not heard for `deafMs`. */
  maxRefusals: 20,
  deafMs: 5000,
} as const;

export type HttpLimits = { readonly [K in keyof typeof httpLimits]: number };

/** What is as much as one node does well. Beyond it calls are sent away, the least pressing first. */
export const loadLimits = {
  /** How often it is looked at. */
  windowMs: 250,
  /** That a turn of the event loop takes longer, on average. A call takes four or five turns: with this it is answered within 0.3 s. */
  delayMs: 60,
  /** That a statement waits for a connection of one database. A call has three. */
  databaseWaitMs: 100,
  /** Messages that wait to be written; `write.maxWaiting` is where sends are refused too. */
  waitingMessages: 2500,
  /**
   * Calls under way at one moment on one database: a burst. Bulk stops at half of it, lists here, the rest, and lists of who has a
   * session, at four times, care at eight. Honest: five hundred people who open the portal at eight sharp. Each call holds some 20 kB.
   */
  underWay: 256,
  /** Lists and searches of strangers that are worked on at one moment on one database (DATABASE_POOL_SIZE is 16); the others wait in line. */
  aside: 8,
  /** Of the heap that this process may have. */
  heapPercent: 90,
} as const;

export type LoadLimits = { readonly [K in keyof typeof loadLimits]: number };

/** Bounds of what is attached to messages. Sizes and counts of one message are the contract's. */
export const attachmentLimits = {
  /** Of one account in one room within 24 hours. */
  perRoomAndDay: 100,
  /** Uploaded and not sent: removed after this time. */
  unsentHours: 24,
  /** Not uploaded to its end by then: it never will be. */
  uploadMinutes: 30,
  linkS: 120,
} as const;

/** Bounds of what people are told. */
export const noticeLimits = {
  /** Of one account; older ones go. */
  keptPerAccount: 200,
  keptDays: 90,
  /** A doctor or an admin is told of requests that nobody takes once in this time. Honest: one is enough to look. Stops: a mail for each of a hundred who wait. */
  alertEveryMinutes: 15,
  /** Honest: a phone, a tablet and a computer, at home and at work. One more ends the oldest. */
  subscriptionsPerAccount: 10,
} as const;
