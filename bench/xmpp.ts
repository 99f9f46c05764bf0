import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Frames, Seat } from './load.ts';
import type { Guest } from './peers/guests.ts';
import { type Server, startAt, stopServer } from './server.ts';
import { openWire } from './wire.ts';
import { execute, type Setting, type World } from './world.ts';

// Chat servers that people install: ejabberd and Prosody, each with its archive in the PostgreSQL of the run, over XMPP in a WebSocket
// (RFC 7395). A message is acked by stream management (XEP-0198), which both do once the archive has it. Plain processes with a folder of
// their own: what Debian starts as services is left alone.

export type XmppServer = Guest & { prepare(setting: Setting, world: World): Promise<Started> };
type Started = { command: string[]; environment: NodeJS.ProcessEnv; url: string };

const placeOf = (path: string) => fileURLToPath(new URL(`./peers/xmpp/${path}`, import.meta.url));
const schema = '/usr/share/ejabberd/sql/pg.sql';
/** What its archive needs, and Debian only suggests. */
const postgresForErlang = '/usr/share/doc/erlang-p1-pgsql';
const postgresForLua = '/usr/share/doc/lua-dbi-postgresql';
const password = 'secret';

const ejabberd: XmppServer = {
  name: 'ejabberd + archive',
  command: ['erl'],
  isInstalled: () => existsSync('/usr/sbin/ejabberdctl') && existsSync(schema) && existsSync(postgresForErlang),
  install: 'apt-get install ejabberd erlang-p1-pgsql',
  prepare: async (setting, { rooms }) => {
    await execute(setting.urls.peer, readFileSync(schema, 'utf8'));
    const names = rooms.flatMap(({ members }) => members.map(({ id }) => `('${id}', '${password}')`));
    await execute(setting.urls.peer, `INSERT INTO users (username, password) VALUES ${names.join()}`);
    const { folder, config, url } = await configure(setting, 'ejabberd.yml');
    // What ejabberdctl does, but for a name among other nodes, for which Erlang would start a service of its own.
    const command = [
      'erl',
      '-noinput',
      '+K',
      'true',
      '+P',
      '250000',
      '-mnesia',
      'dir',
      `"${folder}"`,
      '-s',
      'ejabberd',
    ];
    const environment = {
      HOME: folder,
      ERL_LIBS: '/usr/lib/x86_64-linux-gnu',
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
    };
    return { command, environment, url };
  },
};

const prosody: XmppServer = {
  name: 'Prosody + archive',
  command: ['prosody'],
  isInstalled: () =>
    existsSync('/usr/bin/prosody') &&
    existsSync('/usr/lib/prosody/modules/mod_auth_insecure.lua') &&
    existsSync(postgresForLua),
  install: 'apt-get install prosody lua-dbi-postgresql',
  prepare: async (setting) => {
    const { folder, config, url } = await configure(setting, 'prosody.cfg.lua');
    return { command: ['prosody', '-F', '--config', config], environment: { HOME: folder }, url };
  },
};

export const xmppServers: readonly XmppServer[] = [ejabberd, prosody];

/** Its configuration, filled in, in a folder of its own. */
async function configure({ folder: parent, urls }: Setting, name: string) {
  const folder = join(parent, name);
  mkdirSync(join(folder, 'certs'), { recursive: true });
  const { port: databasePort, pathname, username: user, password } = new URL(urls.peer);
  const port = await freePort();
  const values: Record<string, string | number> = {
    FOLDER: folder,
    PORT: port,
    DATABASE_PORT: databasePort === '' ? 5432 : databasePort,
    DATABASE: pathname.slice(1),
    USER: decodeURIComponent(user),
    PASSWORD: decodeURIComponent(password),
  };
  const text = readFileSync(placeOf(name), 'utf8').replace(/\b[A-Z_]{4,}\b/g, (word) => `${values[word] ?? word}`);
  const config = join(folder, name);
  writeFileSync(config, text);
  return { folder, config, url: `ws://127.0.0.1:${port}/socket` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once it takes sockets. @throws when it does not within half a minute. */
export async function startXmppServer(guest: XmppServer, setting: Setting, world: World): Promise<Server> {
  const { command, environment, url } = await guest.prepare(setting, world);
  const server = startAt(guest.name, command, environment, url);
  for (let attempt = 0; attempt < 300 && server.process.exitCode === null; attempt += 1) {
    const wire = await openWire(url, { protocol: 'xmpp', onText: () => {} }).catch(() => null);
    if (wire !== null) {
      wire.end();
      return server;
    }
    await sleep(100);
  }
  await stopServer(server);
  throw new Error(`${guest.name} does not answer at ${url}.`);
}

/** The members of each room, who write to each other. */
export function xmppSeatsOf(url: string, { rooms }: World): Seat[] {
  return rooms.flatMap(({ roomId, members }) =>
    members.map(({ id }) => {
      const other = members.find((member) => member.id !== id) ?? { id };
      return { roomId, url, protocol: 'xmpp', frames: framesOf(id, other.id) };
    }),
  );
}

const framing = "xmlns='urn:ietf:params:xml:ns:xmpp-framing'";
const client = "xmlns='jabber:client'";
const management = "xmlns='urn:xmpp:sm:3'";
const opening = `<open ${framing} to='localhost' version='1.0'/>`;
const features = '<stream:features';

/** Of `<a …>`, `<message …>`, `<r …>` the second letter tells: acks, messages, and the server’s own wish for an ack. */
function framesOf(own: string, other: string): Frames {
  const secret = Buffer.from(`\0${own}\0${password}`).toString('base64');
  // Stanzas that came since stream management is on, which is what an ack to the server counts.
  let came = 0;
  return {
    hello: opening,
    steps: [
      [features, `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${secret}</auth>`],
      ['<success', opening],
      [features, `<iq ${client} type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`],
      ['<iq', `<enable ${management}/>`],
      ['<enabled', `<presence ${client}/>`],
    ],
    kindAt: 1,
    answerTo: (frame) => {
      const kind = frame[1];
      if (kind === 0x6d || kind === 0x70 || kind === 0x69) came += 1;
      return kind === 0x72 ? `<a ${management} h='${came}'/>` : undefined;
    },
    saysReady: true,
    send: ({ clientId, text }) => [
      `<message ${client} to='${other}@localhost' type='chat' id='${clientId}'><body>${text}</body></message>`,
      `<r ${management}/>`,
    ],
  };
}
