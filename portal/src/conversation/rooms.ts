import type { Chat } from '@openward/client';
import type { Message, Room } from '@openward/contracts';
import { type InfiniteData, queryOptions, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '#app/api.ts';
import { queryClient } from '#app/query-client.ts';
import { useHolder } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';

type Pages = InfiniteData<{ items: Room[]; nextCursor: string | null }>;

/** Who scrolls through what is unread is counted for when at rest. */
const recountAfterMs = 1000;
let recount: ReturnType<typeof setTimeout> | undefined;

const listKey = ['rooms'] as const;
const roomKey = (roomId: string) => ['room', roomId] as const;

/** As much of a message as changes while it is looked at. */
type Change = Partial<Pick<Message, 'text' | 'editedAt' | 'retractedAt'>>;

/** The own rooms, all of them, kept current by the chat. */
export function useRooms() {
  const rooms = usePages(listKey, (cursor, signal) => api.listRooms({ limit: 100, cursor }, { signal }));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = rooms;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return rooms;
}

/** How many messages wait to be read, over all rooms. */
export function useUnread(): number {
  const { data } = useRooms();
  return data?.reduce((sum, { unread }) => sum + unread, 0) ?? 0;
}

const roomQuery = (roomId: string) =>
  queryOptions({
    queryKey: roomKey(roomId),
    queryFn: ({ signal }): Promise<Room> => api.getRoom({ id: roomId }, { signal }),
  });

export function useRoom(roomId: string): UseQueryResult<Room> {
  const holder = useHolder();
  return useQuery({ ...roomQuery(roomId), enabled: holder !== null });
}

/** Who else is in a room, by name; empty where nobody is. @throws OpenwardError */
export async function othersIn(roomId: string, ownId: string): Promise<string> {
  const { members } = find(roomId) ?? (await queryClient.ensureQueryData(roomQuery(roomId)));
  return members.flatMap(({ id, fullName }) => (id === ownId ? [] : [fullName])).join(', ');
}

/** What the chat tells goes into what the queries have, so that lists and counts are right without asking again. */
export function followRooms(chat: Chat, ownId: string): void {
  chat.on('message', (message) => {
    const isKnown = patch(message.roomId, (room) => withMessage(room, message, ownId));
    if (!isKnown) refetch(message.roomId);
  });
  chat.on('read', ({ roomId, accountId, seq }) => {
    if (accountId === ownId) readOwn(roomId, seq);
    else patch(roomId, (room) => withMember(room, accountId, (member) => ({ ...member, readSeq: seq })));
  });
  chat.on('presence', ({ roomId, accountId, online, lastSeenAt }) => {
    patch(roomId, (room) =>
      withMember(room, accountId, ({ online: _, ...member }) => ({
        ...member,
        ...(online ? { online } : {}),
        ...(lastSeenAt === null ? {} : { lastSeenAt }),
      })),
    );
  });
  chat.on('edited', ({ roomId, seq, text, editedAt }) => change(roomId, seq, { text, editedAt }));
  chat.on('retracted', ({ roomId, seq }) => change(roomId, seq, { text: null, retractedAt: new Date().toISOString() }));
  chat.on('room', ({ roomId }) => refetch(roomId));
  chat.on('reset', ({ roomId }) => refetch(roomId));
  chat.on('ready', ({ rooms }) => {
    const check = () => {
      const isStale = rooms.some(({ roomId, headSeq, readSeq }) => {
        const room = find(roomId);
        return room === undefined || room.lastSeq < headSeq || room.readSeq < readSeq;
      });
      if (isStale) void queryClient.invalidateQueries({ queryKey: listKey });
    };
    // A list that is on its way may be of a moment before.
    if (queryClient.getQueryData(listKey) === undefined) setTimeout(check, 3000);
    else check();
    // Who is online, and how far they have read, may have changed unheard.
    void queryClient.invalidateQueries({ queryKey: ['room'] });
  });
}

/** One has read up to here, on whatever device. */
export function readOwn(roomId: string, seq: number): void {
  const room = find(roomId) ?? queryClient.getQueryData<Room>(roomKey(roomId));
  if (room === undefined || seq <= room.readSeq) return;
  const isAll = seq >= room.lastSeq;
  patch(roomId, (room) => ({ ...room, readSeq: Math.max(room.readSeq, seq), unread: isAll ? 0 : room.unread }));
  // How many of the rest are others' only the server can count.
  if (isAll) return;
  clearTimeout(recount);
  recount = setTimeout(() => void queryClient.invalidateQueries({ queryKey: listKey }), recountAfterMs);
}

function find(roomId: string): Room | undefined {
  return queryClient
    .getQueryData<Pages>(listKey)
    ?.pages.flatMap(({ items }) => items)
    .find(({ id }) => id === roomId);
}

function refetch(roomId: string): void {
  void queryClient.invalidateQueries({ queryKey: listKey });
  void queryClient.invalidateQueries({ queryKey: roomKey(roomId) });
}

/** @returns whether the list has the room, or is not there to have it. */
function patch(roomId: string, change: (room: Room) => Room): boolean {
  queryClient.setQueryData<Room>(roomKey(roomId), (room) => (room === undefined ? undefined : change(room)));
  const list = queryClient.getQueryData<Pages>(listKey);
  if (list === undefined) return true;
  if (find(roomId) === undefined) return false;
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.map((room) => (room.id === roomId ? change(room) : room)),
  }));
  queryClient.setQueryData<Pages>(listKey, { ...list, pages });
  return true;
}

/** Wherever a message is shown in short: in the list of rooms, as a quote, among what was found. */
function change(roomId: string, seq: number, changed: Change): void {
  patch(roomId, (room) => withChange(room, seq, changed));
  void queryClient.invalidateQueries({ queryKey: ['message', roomId, seq] });
  void queryClient.invalidateQueries({ queryKey: ['search', roomId] });
}

function withMessage(room: Room, message: Message, ownId: string): Room {
  if (message.seq <= room.lastSeq) return room;
  const isNew = message.senderId !== ownId && message.seq > room.readSeq;
  return { ...room, lastSeq: message.seq, lastMessage: message, unread: room.unread + (isNew ? 1 : 0) };
}

function withChange(room: Room, seq: number, change: Change): Room {
  const { lastMessage } = room;
  return lastMessage?.seq === seq ? { ...room, lastMessage: { ...lastMessage, ...change } } : room;
}

type Member = Room['members'][number];

function withMember(room: Room, accountId: string, change: (member: Member) => Member): Room {
  return { ...room, members: room.members.map((member) => (member.id === accountId ? change(member) : member)) };
}
