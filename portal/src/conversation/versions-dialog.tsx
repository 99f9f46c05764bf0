import type { Message } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Dialog } from '#ui/dialog.tsx';
import { QueryState } from '#ui/query-state.tsx';
import css from './message.module.css';
import { MessageText } from './message-text.tsx';

/** What a message said before it was edited, and what it says now. */
export function VersionsDialog({
  roomId,
  message,
  onClose,
}: {
  roomId: string;
  message: Message;
  onClose: () => void;
}) {
  const t = useText('chat');
  const format = useFormat();
  const versions = useQuery({
    queryKey: ['versions', roomId, message.seq, message.editedAt],
    queryFn: ({ signal }) => api.listVersions({ id: roomId, seq: message.seq }, { signal }),
  });
  return (
    <Dialog title={t('versions')} open onClose={onClose}>
      <QueryState query={versions}>
        {({ items }) => (
          <ol className={css['versions']}>
            {[...items, { text: message.text ?? '', writtenAt: message.editedAt ?? message.sentAt }].map((version) => (
              <li key={version.writtenAt}>
                <time dateTime={version.writtenAt}>{format.dateTime(version.writtenAt)}</time>
                <MessageText text={version.text} words={[]} />
              </li>
            ))}
          </ol>
        )}
      </QueryState>
    </Dialog>
  );
}
