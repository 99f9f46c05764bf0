import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { createApi } from '../../../../test/http.ts';
import { createLog } from '../../../platform/log.ts';
import { type RunningNode, startNode } from '../../../start-node.ts';
import { historyOf, openRoom, TestSocket } from '../test-support.ts';

/** Stands between a node and its chat database, and takes it away in several ways. */
class DatabaseProxy {
  readonly #pairs = new Set<{ client: Socket; upstream: Socket }>();
  #away = false;
  /** Bytes of a statement after which the next answer is lost, with the connection. */
  #loseAnswerTo: string | null = null;
  #server = createServer((client) => this.#connect(client));
  #target: URL;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    url.hostname = '127.0.0.1';
    return url.href;
  }

  cut(): void {
    this.#away = true;
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  heal(): void {
    this.#away = false;
  }

  loseAnswerTo(statement: string): void {
    this.#loseAnswerTo = statement;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    if (this.#away) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    const pair = { client, upstream };
    let losing = false;
    this.#pairs.add(pair);
    client.on('data', (data) => {
      if (this.#loseAnswerTo !== null && data.includes(this.#loseAnswerTo)) {
        this.#loseAnswerTo = null;
        losing = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (losing) client.destroy();
      else client.write(data);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}

let server: TestServer;
let proxy: DatabaseProxy;
let node: RunningNode;
beforeAll(async () => {
  server = await startTestServer();
  proxy = new DatabaseProxy(server.urls.chat);
  const urls = { ...server.urls, chat: await proxy.start() };
  node = await startNode({ config: server.config, urls, roles: ['chat'], log: createLog(server.config) });
});
afterAll(async () => {
  await node.stop();
  await proxy.stop();
  await server.stop();
});

describe('with the chat database away', () => {
  it('sends fail cleanly, sockets stay, and everything heals by itself', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    await socket.say(roomId, 'Before.');
    proxy.cut();
    socket.send({ type: 'send', clientId: 'meanwhile', roomId, text: 'Meanwhile.' });
    expect(await socket.next('error')).toMatchObject({ code: 'unavailable', clientId: 'meanwhile' });
    const api = createApi(node.url, { authorization: `Bearer ${patient.accessToken}` });
    const http = await api('POST', `/rooms/${roomId}/messages`, { clientId: 'http', text: 'Meanwhile.' });
    expect([http.status, http.body.code, http.headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    // Written elsewhere: this node hears of it and cannot read it.
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'From another node.' });
    const late = await TestSocket.open(node.url, { bearer: patient.accessToken }).catch((error: Error) => error);
    expect(late).toBeInstanceOf(Error);

    proxy.heal();
    expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 2, text: 'From another node.' }]);
    expect(await socket.say(roomId, 'Meanwhile.', 'meanwhile')).toMatchObject({ seq: 3, duplicate: false });
    expect((await historyOf(doctor, roomId)).map(({ text }) => text)).toEqual([
      'Before.',
      'From another node.',
      'Meanwhile.',
    ]);
    await socket.close();
  });

  it('a socket that opens is told to come back', async () => {
    const patient = await server.people.patient();
    proxy.cut();
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken }, { untilReady: false });
    expect(await socket.next('closing')).toMatchObject({ reason: 'unavailable', retryAfterMs: expect.any(Number) });
    expect(await socket.closed).toMatchObject({ code: 1012 });
    proxy.heal();
    await eventually('the database is back', async () => {
      const again = await TestSocket.open(node.url, { bearer: patient.accessToken }, { untilReady: false });
      const first = await Promise.race([again.next('ready'), again.next('closing')]);
      await again.close();
      return first.type === 'ready';
    });
  });
});

describe('a commit whose answer is lost', () => {
  it('is an error and no ack; sent again it is the same message, which comes once', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    const other = await TestSocket.as(server, doctor);
    await Promise.all([socket.settled(), other.settled()]);
    for (let trial = 1; trial <= 5; trial += 1) {
      const clientId = `doubtful-${trial}`;
      proxy.loseAnswerTo('chat_append_message');
      socket.send({ type: 'send', clientId, roomId, text: 'Did it get through?' });
      expect(await socket.next('error')).toMatchObject({ code: 'unavailable', clientId });
      expect(await socket.say(roomId, 'Did it get through?', clientId)).toMatchObject({ seq: trial, duplicate: true });
    }
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Yes.' });
    expect((await other.messages(roomId, 6)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await socket.messages(roomId, 1)).map(({ seq }) => seq)).toContain(6);
    expect((await historyOf(doctor, roomId)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    await Promise.all([socket.close(), other.close()]);
  });

  it('comes to everyone soon, although nobody sends it again', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    const other = await TestSocket.as(server, doctor);
    await Promise.all([socket.settled(), other.settled()]);
    proxy.loseAnswerTo('chat_append_message');
    socket.send({ type: 'send', clientId: 'lost', roomId, text: 'Did it get through?' });
    await socket.next('error');
    for (const one of [socket, other])
      expect(await one.messages(roomId, 1, 5000)).toMatchObject([{ seq: 1, clientId: 'lost' }]);
    await Promise.all([socket.close(), other.close()]);
  });
});
