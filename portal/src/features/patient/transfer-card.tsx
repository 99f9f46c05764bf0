import type { CareRequest, Transfer } from '@openward/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Row } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './request.module.css';

/** The doctor would like to hand the patient over: to whom, what that means, and the patient's word. */
export function TransferCard({ request, transfer }: { request: CareRequest; transfer: Transfer }) {
  const t = useText('patient');
  const specialtyName = useSpecialtyName();
  const { answer, isPending } = useAnswer(request.id, transfer);
  const [from, to] = [transfer.from.fullName, transfer.to.fullName];
  if (transfer.status === 'consented')
    return (
      <Card title={t('transfer.waits')}>
        <p>{t('transfer.waits.text', { from, to })}</p>
        <Appointment request={request} from={from} to={to} />
        <div>
          <Button size="small" variant="quiet" busy={isPending} onClick={() => answer(false)}>
            {t('transfer.takeBack')}
          </Button>
        </div>
      </Card>
    );
  return (
    <Card title={t('transfer.title')}>
      <p>{t('transfer.text', { from, to, specialty: specialtyName(transfer.to.specialty) })}</p>
      {transfer.note !== null && (
        <section>
          <h3>{t('transfer.note', { from, to })}</h3>
          <p className={css['prose']}>{transfer.note}</p>
        </section>
      )}
      <p>{t('transfer.means', { from, to })}</p>
      <Appointment request={request} from={from} to={to} />
      <Row>
        <Button variant="primary" icon="check" busy={isPending} onClick={() => answer(true)}>
          {t('transfer.consent')}
        </Button>
        <Button busy={isPending} onClick={() => answer(false)}>
          {t('transfer.refuse')}
        </Button>
      </Row>
    </Card>
  );
}

/** It is with the doctor, not for the request: whoever consents is to know that it goes. */
function Appointment({ request, from, to }: { request: CareRequest; from: string; to: string }) {
  const t = useText('patient');
  const format = useFormat();
  const { appointmentAt, appointmentUntil } = request;
  if (appointmentAt == null || appointmentUntil == null || Date.parse(appointmentUntil) < Date.now()) return null;
  return (
    <Notice kind="warning" title={t('transfer.appointment', { when: format.dateTime(appointmentAt) })}>
      <p>{t('transfer.appointment.text', { from, to })}</p>
    </Notice>
  );
}

function useAnswer(id: string, { from, to }: Transfer) {
  const t = useText('patient');
  const queries = useQueryClient();
  const problemText = useProblemText();
  const { mutate, isPending } = useMutation({
    mutationFn: (consents: boolean): Promise<CareRequest> =>
      consents ? api.consentTransfer({ id }) : api.refuseTransfer({ id }),
    onSuccess: (request, consents) => {
      queries.setQueryData(['request', id], request);
      toast(consents ? t('transfer.consented', { to: to.fullName }) : t('transfer.refused', { from: from.fullName }));
    },
    onError: (error) => {
      void queries.invalidateQueries({ queryKey: ['request', id] });
      toast(problemText.of(error), 'danger');
    },
  });
  return { answer: mutate, isPending };
}
