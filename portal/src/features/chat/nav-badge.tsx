import { useMe } from '#app/session.ts';
import { useChat } from '#conversation/chat.ts';
import { useUnread } from '#conversation/rooms.ts';
import { useText } from '#i18n/use-text.ts';
import { Count } from '#ui/badge.tsx';

/** For a doctor who awaits approval there is no chat yet, and nothing to ask for. */
export function NavBadge() {
  const me = useMe();
  return me.data?.status === 'active' ? <Unread /> : null;
}

/** How much waits to be read. It holds the chat open, too: what comes in is known on whatever page one is. */
function Unread() {
  const t = useText('shell');
  useChat();
  const unread = useUnread();
  return unread === 0 ? null : <Count value={unread} label={t('unread', { count: unread })} />;
}
