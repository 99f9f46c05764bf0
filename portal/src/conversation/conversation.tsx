import { Link } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';

/** Leads to the conversation on a page of its own. */
export function Conversation({ roomId }: { roomId: string; compact?: boolean }) {
  const t = useText('doctor');
  return <Link href={`/chat/${roomId}`}>{t('consultation.openChat')}</Link>;
}
