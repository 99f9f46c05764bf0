import type { basePath as contractBasePath } from '@openward/contracts';
import { waitFor } from './backoff.ts';
import { Chat, type ChatOptions } from './chat/chat.ts';
import type { ChatHost } from './chat/link.ts';
import { OpenwardError } from './error.ts';
import {
  type Call,
  type CallOptions,
  type CreateOptions,
  type Input,
  type Reply,
  type RouteName,
  routeLines,
} from './routes.ts';
import { type Pass, Session, type Tokens } from './session.ts';
import { createTransport, type SendOptions, type Transport } from './transport.ts';
import { uploadFetch } from './upload-fetch.ts';

const basePath: typeof contractBasePath = '/api/v1';

export type ClientOptions = {
  /**
   * Where the server is: `https://clinic.example`; of several, the next is tried when one does not answer. Default: the origin
   * of the page.
   */
  readonly baseUrl?: string | readonly [string, ...string[]] | undefined;
  /** `cookies` is for pages of the server's own origin, `bearer` (default) for all else. */
  readonly auth?: 'bearer' | 'cookies' | undefined;
  /** Bearer: the tokens of a session begun earlier. */
  readonly tokens?: Tokens | undefined;
  /** Bearer: called with each new pair, for keeping it, and with null when there is none any more. */
  readonly onTokens?: ((tokens: Tokens | null) => void) | undefined;
  /** Bearer: the device token of a login before, from `onDeviceToken`. */
  readonly deviceToken?: string | undefined;
  /**
   * Bearer: called with each login, for keeping what it gives beyond the session. Shown at the next login, it says that this device was
   * logged in from before: who tries passwords from elsewhere cannot hold it up.
   */
  readonly onDeviceToken?: ((deviceToken: string) => void) | undefined;
  /** The session has ended without `logOut`: it ran out, was ended elsewhere (`session-ended`) or `account-banned`. */
  readonly onSessionEnd?: ((error: OpenwardError) => void) | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** How long one attempt may take. Default: 15,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a call that may safely be repeated is tried again after `network`, `timeout`, 502, 503, 504. Default: 3. */
  readonly retries?: number | undefined;
};

type OwnRoutes =
  | 'login'
  | 'loginByPasskey'
  | 'refresh'
  | 'logOut'
  | 'logOutAll'
  | 'uploadAttachment'
  | 'openAttachment'
  | 'uploadApprovalDocument'
  | 'openOwnDocument'
  | 'openApprovalDocument'
  | 'getSummary';

/** Every route under the name that it has in the contract. All reject with OpenwardError. */
export type Calls = { readonly [N in Exclude<RouteName, OwnRoutes>]: Call<N> };

export type Openward = Calls & {
  /** Logs in the way of this client (cookies, or a token pair that it keeps) and stays logged in from then on. */
  login(credentials: Input<'login'>, options?: CallOptions): Promise<Reply<'login'>>;
  /** The same by passkey alone: with what the browser signed for the options of `beginPasskeyLogin()`. */
  loginByPasskey(input: Input<'loginByPasskey'>, options?: CallOptions): Promise<Reply<'loginByPasskey'>>;
  /** Renews the session now. Not needed in general: it is renewed in time, and when the server asks for it. */
  refresh(): Promise<void>;
  /**
   * Uploads a file to a room; its type is the blob's. Send its id with `chat.send(…, { attachmentIds })` within a day.
   * In browsers `onProgress` hears how many bytes are sent.
   */
  uploadAttachment(
    input: Input<'uploadAttachment'> & {
      readonly file: Blob;
      readonly onProgress?: (sentBytes: number) => void;
    },
    options?: CallOptions,
  ): Promise<Reply<'uploadAttachment'>>;
  /**
   * The bytes of an attachment, with its type: for `URL.createObjectURL`, `.stream()` or `.arrayBuffer()`. They are at most 10 MB, and
   * `timeoutMs` is for all of them.
   */
  openAttachment(input: Input<'getAttachment'>, options?: CallOptions): Promise<Blob>;
  /** Uploads a document of a doctor's; its type is the blob's. */
  uploadApprovalDocument(
    input: Input<'uploadApprovalDocument'> & { readonly file: Blob },
    options?: CallOptions,
  ): Promise<Reply<'uploadApprovalDocument'>>;
  /** The bytes of an own document. */
  openOwnDocument(input: Input<'openOwnDocument'>, options?: CallOptions): Promise<Blob>;
  /** The bytes of a doctor's document, for an admin. */
  openApprovalDocument(input: Input<'openApprovalDocument'>, options?: CallOptions): Promise<Blob>;
  /** The PDF of a diagnosed request. */
  getSummary(input: Input<'getSummary'>, options?: CallOptions): Promise<Blob>;
  /** Ends this session. */
  logOut(options?: CallOptions): Promise<void>;
  /** Ends every session of the account. */
  logOutAll(options?: CallOptions): Promise<void>;
  /** Bearer: the current tokens. Null when logged out, and with cookies. */
  readonly tokens: Tokens | null;
  /** Opens the chat and keeps it open until `close()`. Needs a session. */
  connectChat(options?: ChatOptions): Chat;
};

/** A client for one server and one session. */
export function createClient(options: ClientOptions = {}): Openward {
  const { baseUrl = '' } = options;
  const apiUrlOf = (url: string) => `${url.replace(/\/+$/, '')}${basePath}`;
  const [first, ...others] = typeof baseUrl === 'string' ? [baseUrl] : baseUrl;
  const kind = options.auth ?? 'bearer';
  const transport = createTransport({
    apiUrls: [apiUrlOf(first ?? ''), ...others.map(apiUrlOf)],
    fetch: options.fetch ?? ((...call) => globalThis.fetch(...call)),
    credentials: kind === 'cookies' ? 'same-origin' : 'omit',
    timeoutMs: options.timeoutMs ?? 15_000,
    retries: options.retries ?? 3,
  });
  const { tokens, onTokens, onSessionEnd } = options;
  const refresh = refreshOver(transport);
  const session = new Session({ kind, tokens, onTokens, onSessionEnd, refresh });

  async function call(
    name: RouteName,
    input: object = {},
    callOptions: CreateOptions & Pick<SendOptions, 'content' | 'reply' | 'fetch'> = {},
  ): Promise<unknown> {
    const send = ({ headers }: Pass) => transport.send(routeLines[name], input, { ...callOptions, headers });
    const { signal } = callOptions;
    const pass = await waitFor(session.pass(), signal);
    const reply = await send(pass).catch(async (error: unknown) => {
      if (await waitFor(session.recover(pass, error), signal)) return send(await waitFor(session.pass(), signal));
      throw error;
    });
    if (name === 'getMe') session.confirm();
    return reply;
  }

  const calls = Object.fromEntries(
    Object.keys(routeLines).map((name) => [
      name,
      (input?: object, callOptions?: CreateOptions) => call(name as RouteName, input, callOptions),
    ]),
  ) as Calls;

  const fileOf = async (name: RouteName, input: object, callOptions?: CallOptions): Promise<Blob> =>
    (await call(name, input, { ...callOptions, reply: 'file' })) as Blob;

  let { deviceToken } = options;
  async function begin(line: string, input: object, callOptions?: CallOptions): Promise<Reply<'login'>> {
    const headers: Record<string, string> = deviceToken === undefined ? {} : { 'openward-device': deviceToken };
    const sent = await transport.send(line, input, { ...callOptions, headers });
    const reply = sent as Reply<'login'> & Partial<Reply<'issueTokens'>>;
    session.begin(reply);
    if (reply.deviceToken !== undefined) {
      deviceToken = reply.deviceToken;
      options.onDeviceToken?.(deviceToken);
    }
    return { account: reply.account, session: reply.session };
  }

  async function end(name: 'logOut' | 'logOutAll', callOptions?: CallOptions): Promise<void> {
    await call(name, {}, callOptions).catch((error: unknown) => {
      const isOver = error instanceof OpenwardError && error.status === 401;
      if (!isOver) throw error;
    });
    session.forget();
  }

  return {
    ...calls,
    login: (credentials, callOptions) =>
      begin(kind === 'cookies' ? routeLines.login : routeLines.issueTokens, credentials, callOptions),
    loginByPasskey: (input, callOptions) =>
      begin(kind === 'cookies' ? routeLines.loginByPasskey : routeLines.issueTokensByPasskey, input, callOptions),
    refresh: () => session.renew(),
    uploadAttachment: async ({ file, onProgress, ...input }, callOptions) => {
      const fetch = onProgress === undefined ? undefined : uploadFetch(onProgress);
      const sent = await call('uploadAttachment', input, { ...callOptions, content: file, fetch });
      return sent as Reply<'uploadAttachment'>;
    },
    openAttachment: async (input, callOptions) => {
      const { url } = await calls.getAttachment(input, callOptions);
      const link = url.slice(url.lastIndexOf('/') + 1);
      return (await call('openAttachment', { link }, { ...callOptions, reply: 'file' })) as Blob;
    },
    uploadApprovalDocument: async ({ file, ...input }, callOptions) => {
      const sent = await call('uploadApprovalDocument', input, { ...callOptions, content: file });
      return sent as Reply<'uploadApprovalDocument'>;
    },
    openOwnDocument: (input, callOptions) => fileOf('openOwnDocument', input, callOptions),
    openApprovalDocument: (input, callOptions) => fileOf('openApprovalDocument', input, callOptions),
    getSummary: (input, callOptions) => fileOf('getSummary', input, callOptions),
    logOut: (callOptions) => end('logOut', callOptions),
    logOutAll: (callOptions) => end('logOutAll', callOptions),
    get tokens() {
      return session.tokens;
    },
    connectChat: (chatOptions) => new Chat(chatHost(transport, kind, session, calls), chatOptions),
  };
}

/**
 * For 30 s after a rotation the server answers the old refresh token with the current one, and later ends the session.
 * So a lost answer is asked for again at once, and all of it stays within that time.
 */
function refreshOver(transport: Transport): (input: Input<'refresh'>) => Promise<Reply<'refresh'>> {
  const options = { isSafeToRepeat: true, retries: 1, timeoutMs: 10_000 };
  return async (input) => (await transport.send(routeLines.refresh, input, options)) as Reply<'refresh'>;
}

function chatHost(transport: Transport, kind: 'bearer' | 'cookies', session: Session, calls: Calls): ChatHost {
  return {
    server() {
      const { apiUrl } = transport;
      const socketUrl = new URL(`${apiUrl}/chat/socket`, globalThis.location?.href);
      socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
      return { socketUrl, moveOn: () => transport.moveOn(apiUrl) };
    },
    listChanges: (roomId, after) => calls.listChanges({ id: roomId, after, limit: 100 }),
    hasCookies: kind === 'cookies',
    issueTicket: async (signal) => (await calls.issueTicket({}, { signal })).ticket,
    renewAt: () => session.tokens?.renewAt ?? null,
    async accessToken() {
      await session.pass();
      return session.tokens?.accessToken ?? null;
    },
  };
}
