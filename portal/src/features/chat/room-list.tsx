import type { Room } from '@openward/contracts';
import { Link } from '#app/link.tsx';
import { useHolder } from '#app/session.ts';
import { useRooms } from '#conversation/rooms.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Badge, Count } from '#ui/badge.tsx';
import { cx } from '#ui/cx.ts';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { QueryState } from '#ui/query-state.tsx';
import css from './chat.module.css';

/** The conversations, the last one that something was said in first. */
export function RoomList({ current }: { current?: string }) {
  const t = useText('chat');
  const rooms = useRooms();
  return (
    <QueryState query={rooms}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon="chat" title={t('rooms.none.title')}>
            <p>{t('rooms.none.text')}</p>
          </Empty>
        ) : (
          <List label={t('rooms.title')}>
            {items
              .toSorted((one, other) => (lastOf(one) < lastOf(other) ? 1 : -1))
              .map((room) => (
                <RoomRow key={room.id} room={room} isCurrent={room.id === current} />
              ))}
          </List>
        )
      }
    </QueryState>
  );
}

/** Ids grow with time: of a room without a word it is when it was opened. */
function lastOf({ id, lastMessage }: Room): string {
  if (lastMessage !== null) return lastMessage.sentAt;
  return new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toISOString();
}

function RoomRow({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  const t = useText('chat');
  const shell = useText('shell');
  const format = useFormat();
  const holder = useHolder();
  const { id, members, lastMessage, unread, status } = room;
  const others = members.filter((member) => member.id !== holder?.id);
  const name = others.map(({ fullName }) => fullName).join(', ') || t('nobody');
  return (
    <ListItem
      before={<Avatar name={name} />}
      title={
        <Link href={`/chat/${id}`} aria-current={isCurrent ? 'page' : undefined}>
          {name}
        </Link>
      }
      after={
        <>
          {lastMessage !== null && <time dateTime={lastMessage.sentAt}>{format.ago(lastMessage.sentAt)}</time>}
          {unread > 0 && <Count value={unread} label={shell('unread', { count: unread })} />}
          {status === 'closed' && <Badge>{t('closed.short')}</Badge>}
        </>
      }
    >
      <span className={cx(css['last'], unread > 0 && css['unread'])}>
        {lastMessage !== null && lastMessage.senderId === holder?.id && `${t('you')}: `}
        <LastMessage room={room} />
      </span>
    </ListItem>
  );
}

function LastMessage({ room: { lastMessage } }: { room: Room }) {
  const t = useText('chat');
  if (lastMessage === null) return t('rooms.silent');
  if (lastMessage.retractedAt !== null) return t('retracted');
  return lastMessage.text || (lastMessage.attachments?.[0]?.name ?? '');
}
