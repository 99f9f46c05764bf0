import type { HttpClient } from './clients/http-client.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import { sleep } from './sleep.ts';

/** A call under a fault may be lost either way: it is made until it has worked, or is found to have worked before. */
const patienceMs = 180_000;

/**
 * While the fault lasts, at moments of their own: Lena hands her request back and Nora takes it, Bela is banned, and Ana's second session
 * is logged out. @returns when all of it is done, rooms included.
 */
export async function changeMembers(scene: Scene, random: Random): Promise<void> {
  const moments = [random.between(0, 1500), random.between(0, 1500), random.between(0, 1500)] as const;
  await Promise.all([
    sleep(moments[0]).then(() => handOver(scene)),
    sleep(moments[1]).then(() => ban(scene)),
    sleep(moments[2]).then(() => logOut(scene)),
  ]);
}

async function handOver(scene: Scene): Promise<void> {
  const { history } = scene.place;
  const roomId = scene.rooms.anaLena;
  const { accountId } = scene.sessions.lena;
  const release = {
    method: 'POST',
    path: `/requests/${roomId}/release`,
    content: { reason: 'I am away from tomorrow on.' },
  };
  // 404: she no longer treats the patient, since the first try has worked.
  await insist(scene, scene.as('lena'), { ...release, until: [200, 404, 409] });
  // Nothing can be written into a closed room, so that its last seq is where she left.
  const { lastSeq } = await waitForRoom(scene, 'ana', roomId, 'closed');
  history.record({ kind: 'left', accountId, roomId, lastSeq });
  await insist(scene, scene.as('nora'), { method: 'POST', path: `/requests/${roomId}/accept`, until: [200] });
  await waitForRoom(scene, 'nora', roomId, 'open');
  history.record({ kind: 'joined', accountId: scene.sessions.nora.accountId, roomId });
}

async function ban(scene: Scene): Promise<void> {
  const { accountId } = scene.sessions.bela;
  const path = `/admin/users/${accountId}/ban`;
  const content = { reason: 'The licence has run out.', durationMinutes: null };
  await insist(scene, scene.as('admin'), { method: 'POST', path, content, until: [201, 409] });
  scene.place.history.record({ kind: 'ended', device: 'bela-phone' });
  await waitForRoom(scene, 'ben', scene.rooms.benBela, 'closed');
}

async function logOut(scene: Scene): Promise<void> {
  await insist(scene, scene.as('anaLent'), { method: 'POST', path: '/auth/logout', until: [204, 401] });
  scene.place.history.record({ kind: 'ended', device: 'ana-lent' });
}

/** What has been done to people outlives a round: this takes it back. */
export async function restoreMembers(scene: Scene): Promise<void> {
  const path = `/admin/users/${scene.sessions.bela.accountId}/ban`;
  await insist(scene, scene.as('admin'), { method: 'DELETE', path, until: [204, 409] });
}

type Call = { method: string; path: string; content?: unknown; until: readonly number[] };

async function insist(scene: Scene, client: HttpClient, { method, path, content, until }: Call): Promise<void> {
  const { nodes, random } = scene.place;
  const deadline = performance.now() + patienceMs;
  for (let turn = 0; ; turn += 1) {
    const { status, body } = await client.call(nodes[turn % nodes.length]?.url ?? '', method, path, content);
    if (until.includes(status)) return;
    const isFinal = status >= 400 && status < 500 && status !== 429;
    if (isFinal || performance.now() > deadline) {
      throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(body)}`);
    }
    await sleep(random.between(100, 300));
  }
}

/** Asks every node in turn, since any may be away. */
async function waitForRoom(
  scene: Scene,
  name: 'ana' | 'ben' | 'nora',
  roomId: string,
  status: 'open' | 'closed',
): Promise<{ lastSeq: number }> {
  const { nodes } = scene.place;
  const deadline = performance.now() + patienceMs;
  for (let turn = 0; performance.now() < deadline; turn += 1) {
    const { body, ...reply } = await scene
      .as(name)
      .call(nodes[turn % nodes.length]?.url ?? '', 'GET', `/rooms/${roomId}`);
    const room = body as { status: string; lastSeq: number } | null;
    if (reply.status === 200 && room?.status === status) return room;
    await sleep(50);
  }
  throw new Error(`Room ${roomId} was not ${status} in ${patienceMs} ms.`);
}
