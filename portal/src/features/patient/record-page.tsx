import type { RecordRead } from '@openward/contracts';
import { api } from '#app/api.ts';
import { LinkButton } from '#app/link.tsx';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Timeline } from '#record/timeline.tsx';
import { Card } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';

/** A patient's own record: what happened, and who looked at it. */
export function Page() {
  const t = useText('record');
  return (
    <PageBody
      title={t('record.title')}
      lead={t('record.lead')}
      actions={
        <LinkButton href="/account" icon="edit">
          {t('record.edit')}
        </LinkButton>
      }
    >
      <Happened />
      <Looked />
    </PageBody>
  );
}

function Happened() {
  const t = useText('record');
  const timeline = usePages(['timeline'], (cursor, signal) => api.getOwnTimeline({ cursor }, { signal }));
  return (
    <Card title={t('timeline.title')}>
      <QueryState query={timeline}>
        {(items) =>
          items.length === 0 ? (
            <p>{t('timeline.none')}</p>
          ) : (
            <Timeline items={items} hrefOf={(id) => `/requests/${id}`} />
          )
        }
      </QueryState>
      <LoadMore query={timeline} />
    </Card>
  );
}

function Looked() {
  const t = useText('record');
  const reads = usePages(['record-reads'], (cursor, signal) => api.listRecordReads({ cursor }, { signal }));
  return (
    <Card title={t('reads.title')}>
      <p>{t('reads.lead')}</p>
      <QueryState query={reads}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="shield" title={t('reads.none')} />
          ) : (
            <List label={t('reads.title')}>
              {items.map((read) => (
                <Look key={`${read.at} ${read.reader.id} ${read.what}`} read={read} />
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={reads} />
    </Card>
  );
}

function Look({ read: { at, reader, what } }: { read: RecordRead }) {
  const t = useText('record');
  const format = useFormat();
  return (
    <ListItem title={reader.fullName} meta={format.dateTime(at)}>
      {t(`reads.${what}`)}
    </ListItem>
  );
}
