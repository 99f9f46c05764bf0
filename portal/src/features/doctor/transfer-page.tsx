import { OpenwardError } from '@openward/client';
import type { CareRequest } from '@openward/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { Link } from '#app/link.tsx';
import { untold } from '#app/live.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { Row } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './consultation.module.css';
import { Finding } from './finding.tsx';
import { Urgency } from './urgency.tsx';

/** What one should know before taking a patient over. That it is over is seen here by itself. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('doctor');
  const request = useQuery({
    queryKey: ['transfer', id],
    queryFn: ({ signal }) => api.getRequest({ id }, { signal }),
    ...untold,
  });
  const { data, error } = request;
  const isMissing = error instanceof OpenwardError && error.code === 'not-found';
  const isGone = isMissing || (data !== undefined && data.transfer === undefined);
  return (
    <PageBody
      title={isGone || data === undefined ? t('transfers.title') : data.patient.fullName}
      lead={<Link href="/transfers">{t('transfers.back')}</Link>}
      width="narrow"
    >
      {isGone ? (
        <Empty icon="doctor" title={t('transfers.gone')}>
          <p>{t('transfers.gone.text')}</p>
        </Empty>
      ) : (
        <QueryState query={request}>{(request) => <Offer request={request} />}</QueryState>
      )}
    </PageBody>
  );
}

function Offer({ request: { complaint, urgency, diagnoses, transfer, id } }: { request: CareRequest }) {
  const t = useText('doctor');
  return (
    <>
      <Card title={t('preview.complaint')} actions={<Urgency urgency={urgency} />}>
        <p className={css['prose']}>{complaint}</p>
        {transfer?.note != null && (
          <section>
            <h3>{t('transfers.note', { name: transfer.from.fullName })}</h3>
            <p className={css['prose']}>{transfer.note}</p>
          </section>
        )}
        <Answer id={id} />
      </Card>
      {diagnoses.length > 0 && (
        <Card title={t('transfers.diagnosis')}>
          {diagnoses.map((diagnosis) => (
            <section key={diagnosis.id}>
              <h3>{diagnosis.title}</h3>
              <Finding diagnosis={diagnosis} />
            </section>
          ))}
        </Card>
      )}
    </>
  );
}

function Answer({ id }: { id: string }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const problemText = useProblemText();
  const answer = useMutation({
    mutationFn: async (takes: boolean) => {
      if (takes) await api.acceptTransfer({ id });
      else await api.declineTransfer({ id });
    },
    onSuccess: (_, takes) => {
      void queries.invalidateQueries({ queryKey: ['transfers'] });
      void queries.invalidateQueries({ queryKey: ['requests'] });
      toast(takes ? t('transfers.taken') : t('transfers.declined'));
      navigate(takes ? `/consultations/${id}` : '/transfers', { replace: true });
    },
    onError: (error) => {
      void queries.invalidateQueries({ queryKey: ['transfer', id] });
      toast(problemText.of(error), 'danger');
    },
  });
  return (
    <Row>
      <Button variant="primary" icon="check" busy={answer.isPending} onClick={() => answer.mutate(true)}>
        {t('transfers.take')}
      </Button>
      <Button busy={answer.isPending} onClick={() => answer.mutate(false)}>
        {t('transfers.decline')}
      </Button>
    </Row>
  );
}
