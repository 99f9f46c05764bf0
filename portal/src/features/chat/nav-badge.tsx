import { useChat } from '#conversation/chat.ts';
import { useUnread } from '#conversation/rooms.ts';
import { useText } from '#i18n/use-text.ts';
import { Count } from '#ui/badge.tsx';

/** How much waits to be read. It holds the chat open, too: what comes in is known on whatever page one is. */
export function NavBadge() {
  const t = useText('shell');
  useChat();
  const unread = useUnread();
  return unread === 0 ? null : <Count value={unread} label={t('unread', { count: unread })} />;
}
