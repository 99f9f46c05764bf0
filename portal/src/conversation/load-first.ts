import type { Message } from '@openward/contracts';
import { api } from '#app/api.ts';
import { pageSize } from './timeline-state.ts';

export type FirstPage = { messages: readonly Message[]; headSeq: number; changeSeq: number; newFrom: number | null };

type Asked = { roomId: string; ownId: string; readSeq: number; unread: number };

/** The newest messages; or, with more unread than a page has, those around the first of them. @throws OpenwardError */
export async function loadFirst({ roomId, ownId, readSeq, unread }: Asked): Promise<FirstPage> {
  const page = await api.listMessages({ id: roomId, limit: pageSize });
  const { headSeq, changeSeq = 0 } = page;
  let messages: readonly Message[] = page.items.toReversed();
  if (unread > 0 && readSeq + 1 < (messages[0]?.seq ?? 0)) {
    messages = (await api.listMessages({ id: roomId, after: Math.max(0, readSeq - 10), limit: pageSize })).items;
  }
  const isNew = ({ seq, senderId }: Message) => seq > readSeq && senderId !== ownId;
  return { messages, headSeq, changeSeq, newFrom: unread > 0 ? (messages.find(isNew)?.seq ?? null) : null };
}
