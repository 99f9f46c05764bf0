import { api } from '#app/api.ts';
import { useMe } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Badge } from '#ui/badge.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';

/** A doctor's start page: who waits, the urgent ones first. Who awaits approval is told so instead. */
export function Page() {
  const t = useText('doctor');
  const me = useMe();
  return (
    <PageBody title={t('inbox.title')}>
      {me.data?.status === 'pending-approval' ? (
        <Empty icon="clock" title={t('pending.title')}>
          <p>{t('pending.text')}</p>
        </Empty>
      ) : (
        <Incoming />
      )}
    </PageBody>
  );
}

const tones = { routine: 'neutral', urgent: 'warning', emergency: 'danger' } as const;

function Incoming() {
  const t = useText('doctor');
  const format = useFormat();
  const requests = usePages(['requests', 'incoming'], (cursor, signal) =>
    api.listRequests({ box: 'incoming', cursor }, { signal }),
  );
  return (
    <>
      <QueryState query={requests}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="inbox" title={t('inbox.none.title')}>
              <p>{t('inbox.none.text')}</p>
            </Empty>
          ) : (
            <List label={t('inbox.title')}>
              {items.map(({ id, patient, complaint, urgency, submittedAt }) => (
                <ListItem
                  key={id}
                  before={<Avatar name={patient.fullName ?? ''} />}
                  title={patient.fullName}
                  meta={format.ago(submittedAt)}
                  after={<Badge tone={tones[urgency]}>{t(`urgency.${urgency}`)}</Badge>}
                >
                  {complaint}
                </ListItem>
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={requests} />
    </>
  );
}
