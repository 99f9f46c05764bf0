import type { Message, MessageChange } from '@openward/contracts';
import type { Static } from 'typebox';
import { History } from '../history.ts';
import type { HttpClient } from './http-client.ts';

export type MessagePlace = { roomId: string; seq: number };

/** Gives a message another text, or takes it back (null), until that has worked or is refused for good. @returns whether it has worked */
export async function changeUntilDone(
  client: HttpClient,
  place: MessagePlace,
  text: string | null,
  signal: AbortSignal,
): Promise<boolean> {
  return (await client.insist((nodeIndex) => tryChange(client, place, text, nodeIndex), signal)) !== null;
}

export async function tryChange(
  client: HttpClient,
  { roomId, seq }: MessagePlace,
  text: string | null,
  nodeIndex: number,
) {
  const { history } = client.place;
  const change = { kind: 'change', ...client.who, roomId, seq, text } as const;
  history.record({ ...change, status: null });
  const path = `/rooms/${roomId}/messages/${seq}`;
  const { url } = client.nodeAt(nodeIndex);
  const answer = await (text === null ? client.call(url, 'DELETE', path) : client.call(url, 'PATCH', path, { text }));
  history.record({ ...change, status: answer.status });
  return answer;
}

/** Says how far one has read, at one node, once. */
export async function markRead(client: HttpClient, { roomId, seq }: MessagePlace, nodeIndex: number): Promise<void> {
  const { history } = client.place;
  const reading = { kind: 'reading', ...client.who, roomId, seq } as const;
  history.record({ ...reading, status: null });
  const { status } = await client.call(client.nodeAt(nodeIndex).url, 'PUT', `/rooms/${roomId}/read`, { seq });
  history.record({ ...reading, status });
}

/** A page of what was changed after a change of the room. @returns up to where one is then, or null when there was no answer. */
export async function listChanges(
  client: HttpClient,
  roomId: string,
  after: number,
  { nodeIndex, final = false }: { nodeIndex: number; final?: boolean },
): Promise<{ upTo: number; isLast: boolean } | null> {
  const limit = 100;
  const path = `/rooms/${roomId}/changes?after=${after}&limit=${limit}`;
  const page = await look(client, 'changes', roomId, path, nodeIndex, (body) => {
    const { items } = body as { items: Static<typeof MessageChange>[] };
    const messages = items.map(({ message }) => message);
    return { messages, changeSeqs: items.map(({ changeSeq }) => changeSeq), ...(final ? { final } : {}), after };
  });
  if (page === null) return null;
  const { items, changeSeq } = page as { items: Static<typeof MessageChange>[]; changeSeq: number };
  const isLast = items.length < limit;
  return { isLast, upTo: isLast ? changeSeq : (items.at(-1)?.changeSeq ?? after) };
}

export async function search(client: HttpClient, roomId: string, word: string, nodeIndex: number): Promise<void> {
  const path = `/rooms/${roomId}/search?q=${encodeURIComponent(word)}`;
  await look(client, 'search', roomId, path, nodeIndex, (body) => ({ messages: (body as { items: Message[] }).items }));
}

export async function listVersions(
  client: HttpClient,
  { roomId, seq }: MessagePlace,
  nodeIndex: number,
): Promise<void> {
  const path = `/rooms/${roomId}/messages/${seq}/versions`;
  await look(client, 'versions', roomId, path, nodeIndex, (body) => {
    const { items } = body as { items: { text: string }[] };
    return { messages: [], seq, texts: items.map(({ text }) => text) };
  });
}

type Found = {
  messages: Message[];
  changeSeqs?: number[];
  seq?: number;
  texts?: string[];
  after?: number;
  final?: boolean;
};

/** @returns the body of a 200, else null */
async function look(
  client: HttpClient,
  call: 'changes' | 'search' | 'versions',
  roomId: string,
  path: string,
  nodeIndex: number,
  find: (body: unknown) => Found,
): Promise<unknown> {
  const node = client.nodeAt(nodeIndex);
  const askedAt = History.nowMs();
  const { status, requestId, body } = await client.call(node.url, 'GET', path);
  client.place.history.record({
    ...{ kind: 'reply', call, ...client.who, node: node.name, roomId, askedAt, status, requestId, headSeq: null },
    ...(status === 200 ? find(body) : { messages: [] }),
  });
  return status === 200 ? body : null;
}
