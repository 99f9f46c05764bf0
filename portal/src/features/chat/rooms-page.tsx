import { useText } from '#i18n/use-text.ts';
import { PageBody } from '#ui/page-body.tsx';
import { RoomList } from './room-list.tsx';

/** All conversations. */
export function Page() {
  const t = useText('chat');
  return (
    <PageBody title={t('rooms.title')}>
      <RoomList />
    </PageBody>
  );
}
