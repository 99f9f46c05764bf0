import type { CareRequest } from '@openward/contracts';
import { api } from '#app/api.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useMe } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { RequestStatus } from './request-status.tsx';

/** A patient's start page: what was asked for, and how it stands. */
export function Page() {
  const t = useText('patient');
  const me = useMe();
  const requests = usePages(['requests'], (cursor, signal) => api.listRequests({ cursor }, { signal }), live);
  return (
    <PageBody
      title={t('requests.title')}
      lead={t('requests.hello', { name: me.data?.fullName ?? '' })}
      actions={
        <LinkButton href="/ask" variant="primary" icon="plus">
          {t('ask.button')}
        </LinkButton>
      }
    >
      <QueryState query={requests}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="chat" title={t('requests.none.title')}>
              <p>{t('requests.none.text')}</p>
              <LinkButton href="/doctors">{t('doctors.find')}</LinkButton>
            </Empty>
          ) : (
            <List label={t('requests.title')}>
              {items.map((request) => (
                <RequestRow key={request.id} request={request} />
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={requests} />
    </PageBody>
  );
}

function RequestRow({ request }: { request: CareRequest }) {
  const t = useText('patient');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  const { id, doctor, specialty, complaint, submittedAt, status } = request;
  const who = doctor?.fullName ?? specialtyName(specialty);
  return (
    <ListItem
      before={<Avatar name={who} />}
      title={<Link href={`/requests/${id}`}>{who}</Link>}
      meta={t('requests.asked', { when: format.ago(submittedAt) })}
      after={<RequestStatus status={status} />}
    >
      {complaint}
    </ListItem>
  );
}
