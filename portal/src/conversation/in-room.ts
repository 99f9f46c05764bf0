import type { Chat, ChatEvents } from '@openward/client';

type Hear = {
  [N in 'message' | 'edited' | 'retracted' | 'reset' | 'refused']: (event: ChatEvents[N]) => void;
} & {
  /** Something of this room or of another is waiting, or no longer is. */
  pending: () => void;
  /** Connected: how far the room is. */
  ready: (room: ChatEvents['ready']['rooms'][number]) => void;
};

/** What the chat tells of one room. @returns what ends it. */
export function inRoom(chat: Chat, roomId: string, hear: Hear): () => void {
  const here =
    <E extends { roomId: string }>(act: (event: E) => void) =>
    (event: E) => {
      if (event.roomId === roomId) act(event);
    };
  const offs = [
    chat.on('message', here(hear.message)),
    chat.on('edited', here(hear.edited)),
    chat.on('retracted', here(hear.retracted)),
    chat.on('reset', here(hear.reset)),
    chat.on('refused', (refused) => {
      if (refused.entry.roomId === roomId) hear.refused(refused);
    }),
    chat.on('pending', hear.pending),
    chat.on('ready', ({ rooms }) => {
      const room = rooms.find((one) => one.roomId === roomId);
      if (room !== undefined) hear.ready(room);
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}
