import { OpenwardError } from '@openward/client';
import type { CareRequest } from '@openward/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { lazyDialog } from '#app/lazy-part.tsx';
import { Link } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useHolder } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Row } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './consultation.module.css';
import { leaveIncoming } from './incoming.ts';
import { FlagNotice } from './red-flags.tsx';
import { RequestGone } from './request-gone.tsx';
import { Urgency } from './urgency.tsx';
import { useNow } from './use-now.ts';

const DeclineDialog = lazyDialog(async () => (await import('./decline-dialog.tsx')).DeclineDialog);

/** What one should know before taking a request. That another was faster is seen here by itself, and is no error. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('doctor');
  const [lost, setLost] = useState<'taken' | 'away' | null>(null);
  const request = useQuery({
    queryKey: ['request', id],
    queryFn: ({ signal }) => api.getRequest({ id }, { signal }),
    ...live,
  });
  const { data, error } = request;
  const isMissing = error instanceof OpenwardError && error.code === 'not-found';
  const isGone = lost !== null || isMissing || (data !== undefined && data.status !== 'submitted');
  return (
    <PageBody
      title={data?.patient.fullName ?? t('preview.title')}
      lead={<Link href="/inbox">{t('preview.back')}</Link>}
      width="narrow"
    >
      {isGone ? (
        <RequestGone id={id} isTaken={lost === 'taken'} request={isMissing ? undefined : data} />
      ) : (
        <QueryState query={request}>{(request) => <Preview request={request} onLost={setLost} />}</QueryState>
      )}
    </PageBody>
  );
}

function Preview({ request, onLost }: { request: CareRequest; onLost: (how: 'taken' | 'away') => void }) {
  const t = useText('doctor');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  const now = useNow();
  const { complaint, urgency, submittedAt, specialty, doctor } = request;
  return (
    <Card title={t('preview.complaint')} actions={<Urgency urgency={urgency} />}>
      <FlagNotice {...request} />
      <p className={css['prose']}>{complaint}</p>
      <Facts
        items={[
          [t('preview.asked'), `${format.ago(submittedAt, now)} (${format.dateTime(submittedAt)})`],
          [t('preview.whom'), doctor === null ? specialtyName(specialty) : t('inbox.toYou')],
        ]}
      />
      <Decision request={request} onLost={onLost} />
    </Card>
  );
}

function Decision({
  request: { id, doctor, patient, appointmentAt },
  onLost,
}: {
  request: CareRequest;
  onLost: (how: 'taken' | 'away') => void;
}) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const problemText = useProblemText();
  const holder = useHolder();
  const [isDeclining, setDeclining] = useState(false);
  const accept = useMutation({
    mutationFn: () => api.acceptRequest({ id }),
    onSuccess: (accepted) => {
      queries.setQueryData(['request', id], accepted);
      leaveIncoming(queries, id);
      navigate(`/consultations/${id}`, { replace: true });
    },
    onError: (error) => {
      const isLost =
        error instanceof OpenwardError &&
        ['request-already-taken', 'invalid-transition', 'not-found'].includes(error.code);
      if (!isLost) return toast(problemText.of(error), 'danger');
      leaveIncoming(queries, id);
      onLost(error.code === 'request-already-taken' ? 'taken' : 'away');
    },
  });
  return (
    <>
      <p>{t('preview.hint', { name: patient.fullName })}</p>
      <Row>
        <Button variant="primary" icon="check" busy={accept.isPending} onClick={() => accept.mutate()}>
          {t('preview.accept')}
        </Button>
        {doctor !== null && doctor.id === holder?.id && appointmentAt == null && (
          <Button onClick={() => setDeclining(true)}>{t('decline.button')}</Button>
        )}
      </Row>
      {isDeclining && <DeclineDialog id={id} onClose={() => setDeclining(false)} />}
    </>
  );
}
