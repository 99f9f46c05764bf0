import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { useText } from '#i18n/use-text.ts';
import { toast } from '#ui/toast.tsx';
import { leaveIncoming } from './incoming.ts';
import { ReasonDialog } from './reason-dialog.tsx';

/** Says no to a patient who has asked oneself; they hear of it at once and can ask others. */
export function DeclineDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const draft = useDraft(`decline.${id}`);
  return (
    <ReasonDialog
      title={t('decline.title')}
      text={t('decline.text')}
      confirm={t('decline.confirm')}
      draft={draft}
      onClose={onClose}
      onReason={async (reason) => {
        await api.declineRequest({ id, reason });
        leaveIncoming(queries, id);
        toast(t('decline.done'));
        navigate('/inbox', { replace: true });
      }}
    />
  );
}
