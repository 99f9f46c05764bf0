import type { CareRequest, RequestStatus as Status } from '@openward/contracts';
import { useLocation, useSearch } from 'wouter';
import { api } from '#app/api.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Tabs } from '#ui/tabs.tsx';
import { HandOverButton } from './hand-over.tsx';
import { RequestStatus } from './request-status.tsx';
import { Urgency } from './urgency.tsx';

const states = ['accepted', 'diagnosed', 'closed', 'declined', 'all'] as const;

/** The patients whom this doctor treats or treated. Which of them stands in the address; first those that wait for something. */
export function Page() {
  const t = useText('doctor');
  const [, navigate] = useLocation();
  const wanted = new URLSearchParams(useSearch()).get('status');
  const state = states.find((name) => name === wanted) ?? 'accepted';
  return (
    <PageBody title={t('consultations.title')} actions={<HandOverButton />}>
      <Tabs
        label={t('consultations.which')}
        tabs={states.map((name) => ({ name, label: t(`consultations.${name}`) }))}
        current={state}
        onChange={(name) => navigate(`/consultations?status=${name}`, { replace: true })}
      >
        <Own key={state} status={state === 'all' ? undefined : state} />
      </Tabs>
    </PageBody>
  );
}

function Own({ status }: { status: Status | undefined }) {
  const t = useText('doctor');
  const requests = usePages(
    ['requests', 'mine', status],
    (cursor, signal) => api.listRequests({ box: 'mine', status, cursor }, { signal }),
    live,
  );
  return (
    <>
      <QueryState query={requests}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="doctor" title={t('consultations.none.title')}>
              <p>{t('consultations.none.text')}</p>
              <LinkButton href="/inbox">{t('preview.back')}</LinkButton>
            </Empty>
          ) : (
            <List label={t('consultations.title')}>
              {items.map((request) => (
                <OwnRow key={request.id} request={request} />
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={requests} />
    </>
  );
}

function OwnRow({ request }: { request: CareRequest }) {
  const t = useText('doctor');
  const format = useFormat();
  const { id, patient, complaint, status, urgency, diagnoses, submittedAt, acceptedAt } = request;
  const found = diagnoses.at(-1)?.title;
  const when =
    acceptedAt === null
      ? t('inbox.asked', { when: format.ago(submittedAt) })
      : t('consultations.taken', { when: format.ago(acceptedAt) });
  return (
    <ListItem
      before={<Avatar name={patient.fullName} />}
      title={<Link href={`/consultations/${id}`}>{patient.fullName}</Link>}
      meta={found === undefined ? when : `${when} · ${found}`}
      after={
        <>
          <RequestStatus status={status} />
          {urgency !== 'routine' && (status === 'accepted' || status === 'diagnosed') && <Urgency urgency={urgency} />}
        </>
      }
    >
      {complaint}
    </ListItem>
  );
}
