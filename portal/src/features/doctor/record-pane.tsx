import type { CareRequest, PatientProfile } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { DiagnosisHistory } from '#record/history.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Notice } from '#ui/notice.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { ageOn } from './age-on.ts';
import css from './consultation.module.css';
import { Finding } from './finding.tsx';
import { RequestStatus } from './request-status.tsx';

/** What is known of the patient: what was asked now, allergies above all, and what one has found before. */
export function RecordPane({ request }: { request: CareRequest }) {
  const t = useText('doctor');
  const format = useFormat();
  const { id } = request.patient;
  const patient = useQuery({ queryKey: ['patient', id], queryFn: ({ signal }) => api.getPatient({ id }, { signal }) });
  return (
    <>
      <QueryState query={patient}>{({ profile }) => <Allergies allergies={profile.allergies} />}</QueryState>
      <Card title={t('preview.complaint')}>
        <p className={css['prose']}>{request.complaint}</p>
        <p className={css['meta']}>{format.dateTime(request.submittedAt)}</p>
      </Card>
      {patient.data !== undefined && (
        <>
          <Card title={t('record.person')}>
            <Person profile={patient.data.profile} />
          </Card>
          <Card title={t('record.before')}>
            <Timeline requests={patient.data.requests} currentId={request.id} />
          </Card>
        </>
      )}
    </>
  );
}

function Allergies({ allergies }: Pick<PatientProfile, 'allergies'>) {
  const t = useText('doctor');
  if (allergies === null) return <Notice kind="info" title={t('record.noAllergies')} />;
  return (
    <Notice kind="danger" title={t('record.allergies')}>
      <p className={css['prose']}>{allergies}</p>
    </Notice>
  );
}

function Person({ profile }: { profile: PatientProfile }) {
  const t = useText('doctor');
  const format = useFormat();
  const { birthDate, sex, phone, medication, conditions, emergencyContact } = profile;
  const unknown = t('record.unknown');
  const sexes: Record<string, string> = { female: t('sex.female'), male: t('sex.male'), other: t('sex.other') };
  const born =
    birthDate === null ? unknown : `${format.day(birthDate)} (${t('record.age', { count: ageOn(birthDate) })})`;
  return (
    <Facts
      items={[
        [t('record.born'), born],
        [t('record.sex'), sex === null ? unknown : (sexes[sex] ?? sex)],
        [t('record.phone'), phone === null ? unknown : <Phone key="phone" number={phone} />],
        [t('record.medication'), <Prose key="medication" text={medication ?? unknown} />],
        [t('record.conditions'), <Prose key="conditions" text={conditions ?? unknown} />],
        [
          t('record.contact'),
          emergencyContact === null ? (
            unknown
          ) : (
            <span key="contact">
              {emergencyContact.name}
              {emergencyContact.relation !== null && ` (${emergencyContact.relation})`}{' '}
              <Phone number={emergencyContact.phone} />
            </span>
          ),
        ],
      ]}
    />
  );
}

function Phone({ number }: { number: string }) {
  return <a href={`tel:${number.replaceAll(/[^+\d]/g, '')}`}>{number}</a>;
}

function Prose({ text }: { text: string }) {
  return <span className={css['prose']}>{text}</span>;
}

function Timeline({ requests, currentId }: { requests: readonly CareRequest[]; currentId: string }) {
  const t = useText('doctor');
  const earlier = requests.filter(({ id }) => id !== currentId);
  if (earlier.length === 0) return <p className={css['meta']}>{t('record.none')}</p>;
  return (
    <ol className={css['timeline']}>
      {earlier.map((request) => (
        <li key={request.id}>
          <Earlier request={request} />
        </li>
      ))}
    </ol>
  );
}

function Earlier({ request: { id, submittedAt, complaint, status, diagnoses } }: { request: CareRequest }): ReactNode {
  const t = useText('doctor');
  const format = useFormat();
  return (
    <>
      <p className={css['links']}>
        <Link href={`/consultations/${id}`}>{format.date(submittedAt)}</Link> <RequestStatus status={status} />
      </p>
      <p className={css['excerpt']}>{complaint}</p>
      {diagnoses.length === 0 && <p className={css['meta']}>{t('record.noDiagnosis')}</p>}
      {diagnoses.map((diagnosis) => (
        <details key={diagnosis.id}>
          <summary>
            {diagnosis.title}
            {diagnosis.icd10 !== null && ` (${diagnosis.icd10})`}
          </summary>
          <Finding diagnosis={diagnosis} />
          <DiagnosisHistory diagnosis={diagnosis} />
        </details>
      ))}
    </>
  );
}
