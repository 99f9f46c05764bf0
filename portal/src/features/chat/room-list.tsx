import type { Room } from '@openward/contracts';
import { Link } from '#app/link.tsx';
import { useHolder } from '#app/session.ts';
import { useRooms } from '#conversation/rooms.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Count } from '#ui/badge.tsx';
import { cx } from '#ui/cx.ts';
import { Empty } from '#ui/empty.tsx';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
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
          <ul className={css['rooms']} aria-label={t('rooms.title')}>
            {items
              .toSorted((one, other) => (lastOf(one) < lastOf(other) ? 1 : -1))
              .map((room) => (
                <RoomRow key={room.id} room={room} isCurrent={room.id === current} />
              ))}
          </ul>
        )
      }
    </QueryState>
  );
}

/** Ids grow with time: of a room without a word it is when it was opened, and of one that stayed so nothing. */
function lastOf({ id, lastMessage, status }: Room): string {
  if (lastMessage !== null) return lastMessage.sentAt;
  if (status === 'closed') return '';
  return new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toISOString();
}

function isToday(at: string): boolean {
  return new Date(at).toDateString() === new Date().toDateString();
}

function RoomRow({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  const t = useText('chat');
  const shell = useText('shell');
  const format = useFormat();
  const holder = useHolder();
  const { id, members, lastMessage, unread, status } = room;
  const others = members.filter((member) => member.id !== holder?.id);
  const name = others.map(({ fullName }) => fullName).join(', ') || t('nobody');
  const isOnline = others.some(({ online }) => online === true);
  return (
    <li>
      <Link href={`/chat/${id}`} className={css['room']} aria-current={isCurrent ? 'page' : undefined}>
        <span className={cx(css['face'], isOnline && css['online'])}>
          <Avatar name={name} />
        </span>
        <span className={css['about']}>
          <span className={css['line']}>
            <span className={css['name']}>{name}</span>
            {lastMessage !== null && (
              <time className={css['when']} dateTime={lastMessage.sentAt}>
                {isToday(lastMessage.sentAt) ? format.time(lastMessage.sentAt) : format.date(lastMessage.sentAt)}
              </time>
            )}
          </span>
          <span className={css['line']}>
            <span className={cx(css['last'], unread > 0 && css['unread'])}>
              {lastMessage !== null && lastMessage.senderId === holder?.id && `${t('you')}: `}
              <LastMessage room={room} />
            </span>
            {status === 'closed' && (
              <span className={css['closed']} title={t('closed.short')}>
                <Icon name="lock" size={18} />
                <Unseen>{t('closed.short')}</Unseen>
              </span>
            )}
            {unread > 0 && <Count value={unread} label={shell('unread', { count: unread })} />}
          </span>
        </span>
      </Link>
    </li>
  );
}

function LastMessage({ room: { lastMessage } }: { room: Room }) {
  const t = useText('chat');
  if (lastMessage === null) return t('rooms.silent');
  if (lastMessage.retractedAt !== null) return t('retracted');
  return lastMessage.text || (lastMessage.attachments?.[0]?.name ?? '');
}
