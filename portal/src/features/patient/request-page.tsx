import type { CareRequest, Diagnosis } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { lazyPart } from '#app/lazy-part.tsx';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { DiagnosisHistory } from '#record/history.tsx';
import { SummaryButton } from '#record/summary-button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import css from './request.module.css';
import { RequestProgress } from './request-progress.tsx';
import { RequestRating } from './request-rating.tsx';
import { UrgentHelp } from './urgent-help.tsx';
import { Waiting } from './waiting.tsx';

const TransferCard = lazyPart(async () => (await import('./transfer-card.tsx')).TransferCard);

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
  const { status, complaint, urgency, submittedAt, diagnoses, transfer } = request;
  return (
    <>
      {transfer !== undefined && <TransferCard request={request} transfer={transfer} />}
      <UrgentHelp request={request} />
      <Card>
        <RequestProgress request={request} />
        {status === 'submitted' && request.appointmentAt == null && <Waiting request={request} />}
        {status === 'submitted' && request.appointmentAt != null && <ForAppointment at={request.appointmentAt} />}
        {status === 'declined' && <Declined request={request} />}
      </Card>
      {diagnoses.toReversed().map((diagnosis) => (
        <DiagnosisCard key={diagnosis.id} diagnosis={diagnosis} />
      ))}
      {diagnoses.length > 0 && (
        <div>
          <SummaryButton requestId={request.id} />
        </div>
      )}
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

function ForAppointment({ at }: { at: string }) {
  const t = useText('patient');
  const format = useFormat();
  return (
    <Notice title={t('request.appointment', { when: format.dateTime(at) })}>
      <p>
        <Link href="/appointments">{t('request.toAppointments')}</Link>
      </p>
    </Notice>
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
      <DiagnosisHistory diagnosis={diagnosis} />
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
