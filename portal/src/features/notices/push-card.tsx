import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import { canBePushed, PushDenied, subscribe, unsubscribe } from './push.ts';

const queryKey = ['notifications', 'push'];

/** Whether this browser is told of news while the portal is closed. Not there where the server pushes nothing. */
export function PushCard() {
  const t = useText('notices');
  const queries = useQueryClient();
  const push = useQuery({ queryKey, queryFn: ({ signal }) => api.listPushSubscriptions({}, { signal }) });
  const own = push.data?.items.find(({ current }) => current);
  const publicKey = push.data?.publicKey ?? null;
  const change = useMutation({
    mutationFn: async () => {
      if (own !== undefined) await unsubscribe(own.id);
      else if (publicKey !== null) await subscribe(publicKey);
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey });
      toast(own === undefined ? t('push.nowOn') : t('push.nowOff'));
    },
    onError: (error) => toast(error instanceof PushDenied ? t('push.denied') : t('push.failed'), 'danger'),
  });
  if (publicKey === null) return null;
  return (
    <Card title={t('push.title')} actions={own !== undefined && <Badge tone="good">{t('push.isOn')}</Badge>}>
      <p>{t('push.text')}</p>
      {canBePushed() ? (
        <div>
          <Button icon="bell" busy={change.isPending} onClick={() => change.mutate()}>
            {own === undefined ? t('push.on') : t('push.off')}
          </Button>
        </div>
      ) : (
        <Notice>{t('push.impossible')}</Notice>
      )}
    </Card>
  );
}
