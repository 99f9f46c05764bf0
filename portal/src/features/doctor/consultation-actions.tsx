import type { CareRequest } from '@openward/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { LinkButton } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { ConfirmDialog, Dialog } from '#ui/dialog.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { HandOverButton } from './hand-over.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { useDiagnosisDraft } from './use-diagnosis-draft.ts';

/** How a consultation ends: handed back before there is a diagnosis, closed after. */
export function ConsultationActions({ request }: { request: CareRequest }) {
  const t = useText('doctor');
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const { id, status, transfer } = request;
  if (status === 'accepted')
    return (
      <>
        {transfer === undefined && <HandOverButton id={id} />}
        <Button size="small" onClick={() => setOpen(true)}>
          {t('release.button')}
        </Button>
        {isOpen && <ReleaseDialog request={request} onClose={close} />}
      </>
    );
  if (status === 'diagnosed')
    return (
      <>
        {transfer === undefined && <HandOverButton id={id} />}
        <Button size="small" icon="check" onClick={() => setOpen(true)}>
          {t('close.button')}
        </Button>
        {isOpen && <CloseDialog request={request} onClose={close} />}
      </>
    );
  return null;
}

type ActionProps = { request: CareRequest; onClose: () => void };

const isAhead = (time: string | null | undefined) => time != null && Date.parse(time) > Date.now();

/** What stands in the way, instead of an answer that says no. */
function AppointmentFirst({ request: { appointmentAt }, onClose }: ActionProps) {
  const t = useText('doctor');
  const format = useFormat();
  return (
    <Dialog
      title={t('appointmentFirst.title')}
      open
      onClose={onClose}
      actions={
        <LinkButton href="/appointments" variant="primary">
          {t('appointmentFirst.link')}
        </LinkButton>
      }
    >
      {appointmentAt != null && <p>{t('appointmentFirst.text', { when: format.dateTime(appointmentAt) })}</p>}
    </Dialog>
  );
}

function ReleaseDialog({ request, onClose }: ActionProps) {
  const { id, appointmentUntil } = request;
  const t = useText('doctor');
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const draft = useDraft(`release.${id}`);
  const diagnosis = useDiagnosisDraft(id);
  if (isAhead(appointmentUntil)) return <AppointmentFirst request={request} onClose={onClose} />;
  return (
    <ReasonDialog
      title={t('release.title')}
      text={t('release.text')}
      confirm={t('release.confirm')}
      draft={draft}
      onClose={onClose}
      onReason={async (reason) => {
        await api.releaseRequest({ id, reason });
        diagnosis.forget();
        navigate('/consultations', { replace: true });
        queries.removeQueries({ queryKey: ['request', id] });
        void queries.invalidateQueries({ queryKey: ['requests'] });
        toast(t('release.done'));
      }}
    />
  );
}

function CloseDialog({ request, onClose }: ActionProps) {
  const { id, appointmentAt } = request;
  const t = useText('doctor');
  const queries = useQueryClient();
  const problemText = useProblemText();
  const draft = useDiagnosisDraft(id);
  const close = useMutation({
    mutationFn: () => api.closeRequest({ id }),
    onSuccess: (closed) => {
      draft.forget();
      queries.setQueryData(['request', id], closed);
      void queries.invalidateQueries({ queryKey: ['requests'] });
      toast(t('close.done'));
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
    onSettled: onClose,
  });
  // What is diagnosed in its time may be closed before the time is over.
  if (isAhead(appointmentAt)) return <AppointmentFirst request={request} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={t('close.title')}
      open
      onClose={onClose}
      confirm={t('close.confirm')}
      busy={close.isPending}
      onConfirm={() => close.mutate()}
    >
      <p>{t('close.text')}</p>
      {draft.hasText && (
        <Notice kind="warning" title={t('close.unsent.title')}>
          <p>{t('close.unsent.text')}</p>
        </Notice>
      )}
    </ConfirmDialog>
  );
}
