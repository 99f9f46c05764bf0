import type { CareRequest, Diagnosis } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import css from './request.module.css';
import { RequestProgress } from './request-progress.tsx';
import { RequestRating } from './request-rating.tsx';

const TransferCard = lazy(async () => ({ default: (await import('./transfer-card.tsx')).TransferCard }));

/** One request of the patient's own: how it stands, what was found, and what can be done now. It follows by itself. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('patient');
  const specialtyName = useSpecialtyName();
  const request = useQuery({
    queryKey: ['request', id],
    queryFn: ({ signal }) => api.getRequest({ id }, { signal }),
    ...live,
  });
  const { data } = request;
  return (
    <PageBody
      title={data === undefined ? t('request.title') : (data.doctor?.fullName ?? specialtyName(data.specialty))}
      lead={data?.doctor == null ? undefined : specialtyName(data.specialty)}
      actions={
        data?.roomId != null && (
          <LinkButton href={`/chat/${data.roomId}`} variant="primary" icon="chat">
            {data.status === 'closed' ? t('request.readChat') : t('request.openChat')}
          </LinkButton>
        )
      }
    >
      <QueryState query={request}>{(request) => <Standing request={request} />}</QueryState>
    </PageBody>
  );
}

function Standing({ request }: { request: CareRequest }) {
  const t = useText('patient');
  const format = useFormat();
  const { id, status, complaint, urgency, submittedAt, diagnoses, transfer } = request;
  return (
    <>
      {transfer !== undefined && (
        <Suspense>
          <TransferCard id={id} transfer={transfer} />
        </Suspense>
      )}
      <Card>
        <RequestProgress request={request} />
        {status === 'submitted' && <Waiting request={request} />}
        {status === 'declined' && <Declined request={request} />}
      </Card>
      {diagnoses.toReversed().map((diagnosis) => (
        <DiagnosisCard key={diagnosis.id} diagnosis={diagnosis} />
      ))}
      {diagnoses.length > 0 && <RequestRating request={request} />}
      <Card title={t('request.asked')}>
        <p className={css['complaint']}>{complaint}</p>
        <Facts
          items={[
            [t('ask.urgency'), t(`urgency.${urgency}`)],
            [t('request.sent'), format.dateTime(submittedAt)],
          ]}
        />
      </Card>
    </>
  );
}

function Waiting({ request }: { request: CareRequest }) {
  const t = useText('patient');
  const [open, setOpen] = useState(false);
  const { urgency, doctor } = request;
  return (
    <>
      {urgency === 'emergency' && (
        <Notice kind="danger" title={t('emergency.title')}>
          <p>{t('emergency.text')}</p>
        </Notice>
      )}
      <p>{doctor === null ? t('request.waiting.specialty') : t('request.waiting.doctor', { name: doctor.fullName })}</p>
      <div>
        <Button variant="quiet" size="small" onClick={() => setOpen(true)}>
          {t('cancel.button')}
        </Button>
      </div>
      <CancelDialog id={request.id} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

function CancelDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  const t = useText('patient');
  const queries = useQueryClient();
  return (
    <Dialog title={t('cancel.title')} open={open} onClose={onClose}>
      <Form
        label={t('cancel.title')}
        onSubmit={async (values) => {
          const reason = values.optional('reason');
          const cancelled = await api.cancelRequest({ id, ...(reason === undefined ? {} : { reason }) });
          queries.setQueryData(['request', id], cancelled);
          void queries.invalidateQueries({ queryKey: ['requests'] });
          toast(t('cancel.done'));
          onClose();
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="danger" busy={busy} wide>
            {t('cancel.confirm')}
          </Button>
        )}
      >
        <p>{t('cancel.text')}</p>
        <TextArea name="reason" label={t('cancel.reason')} maxLength={1000} rows={3} />
      </Form>
    </Dialog>
  );
}

function Declined({ request: { specialty } }: { request: CareRequest }) {
  const t = useText('patient');
  return (
    <Notice kind="warning" title={t('declined.title')}>
      <p>{t('declined.text')}</p>
      <p>
        <Link href={`/ask?specialty=${specialty.code}`}>{t('declined.ask')}</Link>
      </p>
    </Notice>
  );
}

function DiagnosisCard({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useText('patient');
  const format = useFormat();
  const { title, icd10, description, recommendations, createdAt } = diagnosis;
  return (
    <Card title={title}>
      <p className={css['meta']}>
        {t('diagnosis.when', { when: format.dateTime(createdAt) })}
        {icd10 !== null && ` · ICD-10 ${icd10}`}
      </p>
      <section>
        <h3>{t('diagnosis.description')}</h3>
        <p className={css['prose']}>{description}</p>
      </section>
      <section>
        <h3>{t('diagnosis.recommendations')}</h3>
        <p className={css['prose']}>{recommendations}</p>
      </section>
    </Card>
  );
}
