import type { Chat } from '@openward/client';
import type { Room } from '@openward/contracts';
import { useEffect, useState } from 'react';
import { Link } from '#app/link.tsx';
import { useOnline } from '#app/online.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { IconButton } from '#ui/button.tsx';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import { useTitle } from '#ui/page-body.tsx';
import { useChatState, useTypists } from './chat.ts';
import css from './conversation.module.css';

type HeaderProps = { chat: Chat; room: Room; ownId: string; compact: boolean; onFind: () => void; isFinding: boolean };

/** With whom one speaks, and whether they are there. */
export function ConversationHeader({ chat, room, ownId, compact, onFind, isFinding }: HeaderProps) {
  const t = useText('chat');
  const others = room.members.filter(({ id }) => id !== ownId);
  const name = others.map(({ fullName }) => fullName).join(', ') || t('nobody');
  return (
    <header className={css['header']}>
      {!compact && (
        <Link href="/chat" className={css['back']} aria-label={t('back')}>
          <Icon name="back" size={22} />
        </Link>
      )}
      <Avatar name={name} />
      <div className={css['who']}>
        {compact ? <h2>{name}</h2> : <PageName name={name} />}
        <Presence chat={chat} room={room} ownId={ownId} />
      </div>
      <span className={cx(isFinding && css['pressed'])}>
        <IconButton icon="search" label={t('find')} aria-expanded={isFinding} onClick={onFind} />
      </span>
    </header>
  );
}

function PageName({ name }: { name: string }) {
  useTitle(name);
  return <h1 tabIndex={-1}>{name}</h1>;
}

/** Typing, online, or when they were here last. */
function Presence({ chat, room, ownId }: { chat: Chat; room: Room; ownId: string }) {
  const t = useText('chat');
  const format = useFormat();
  const typists = useTypists(chat, room.id).split(' ');
  const others = room.members.filter(({ id }) => id !== ownId);
  const typing = others.find(({ id }) => typists.includes(id));
  const [seen] = others.flatMap(({ lastSeenAt }) => lastSeenAt ?? []).sort((one, other) => (one < other ? 1 : -1));
  if (typing !== undefined)
    return (
      <p className={cx(css['presence'], css['typing'])}>
        {t('typing')}
        <span className={css['dots']} aria-hidden="true">
          <i /> <i /> <i />
        </span>
      </p>
    );
  if (room.status === 'closed') return <p className={css['presence']}>{t('closed.short')}</p>;
  if (others.some(({ online }) => online === true))
    return <p className={cx(css['presence'], css['online'])}>{t('online')}</p>;
  return <p className={css['presence']}>{seen === undefined ? t('offline') : t('seen', { when: format.ago(seen) })}</p>;
}

const patienceMs = 2000;

/** Says that what one writes waits for a connection. Not for what is over in a moment. */
export function ConnectionBanner({ chat }: { chat: Chat }) {
  const t = useText('chat');
  const state = useChatState(chat);
  const isOnline = useOnline();
  const isCut = state !== 'open';
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isCut) return;
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isCut]);
  return (
    <div role="status">
      {((isCut && isLong) || !isOnline) && (
        <p className={css['banner']}>
          <Icon name="clock" size={18} /> {isOnline ? t('reconnecting') : t('noNetwork')}
        </p>
      )}
    </div>
  );
}
