import type { CareRequest } from '@openward/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { lazyDialog } from '#app/lazy-part.tsx';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

const HandOverDialog = lazyDialog(async () => (await import('./hand-over-dialog.tsx')).HandOverDialog);

/** To propose a colleague: for one request, or, without one, for all. */
export function HandOverButton({ id }: { id?: string }) {
  const t = useText('doctor');
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon="exit" onClick={() => setOpen(true)}>
        {id === undefined ? t('handAll.button') : t('handOver.button')}
      </Button>
      {isOpen && <HandOverDialog {...(id === undefined ? {} : { id })} onClose={() => setOpen(false)} />}
    </>
  );
}

/** How a handover that is under way stands, for the doctor who proposed it. */
export function HandOverStanding({ request: { id, transfer } }: { request: CareRequest }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const problemText = useProblemText();
  const withdraw = useMutation({
    mutationFn: () => api.withdrawTransfer({ id }),
    onSuccess: (request) => {
      queries.setQueryData(['request', id], request);
      toast(t('handOver.withdrawn'));
    },
    onError: (error) => {
      void queries.invalidateQueries({ queryKey: ['request', id] });
      toast(problemText.of(error), 'danger');
    },
  });
  if (transfer === undefined) return null;
  const { status, to } = transfer;
  const isAgreed = status === 'consented';
  return (
    <Notice title={isAgreed ? t('handOver.agreed') : t('handOver.waits')}>
      <p>{t(isAgreed ? 'handOver.agreed.text' : 'handOver.waits.text', { name: to.fullName })}</p>
      <Button size="small" busy={withdraw.isPending} onClick={() => withdraw.mutate()}>
        {t('handOver.withdraw')}
      </Button>
    </Notice>
  );
}
