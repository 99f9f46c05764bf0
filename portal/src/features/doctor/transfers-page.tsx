import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { untold } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Urgency } from './urgency.tsx';

/** Whom colleagues would like to hand over to this doctor. */
export function Page() {
  const t = useText('doctor');
  const format = useFormat();
  const transfers = usePages(['transfers'], (cursor, signal) => api.listTransfers({ cursor }, { signal }), untold);
  return (
    <PageBody title={t('transfers.title')} lead={t('transfers.lead')}>
      <QueryState query={transfers}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="doctor" title={t('transfers.none')}>
              <p>{t('transfers.none.text')}</p>
            </Empty>
          ) : (
            <List label={t('transfers.title')}>
              {items.map(({ id, patient, complaint, urgency, transfer }) => (
                <ListItem
                  key={id}
                  before={<Avatar name={patient.fullName} />}
                  title={<Link href={`/transfers/${id}`}>{patient.fullName}</Link>}
                  meta={[
                    t('transfers.from', { name: transfer?.from.fullName ?? '' }),
                    ...(transfer?.consentedAt == null ? [] : [format.ago(transfer.consentedAt)]),
                  ].join(' · ')}
                  after={urgency !== 'routine' && <Urgency urgency={urgency} />}
                >
                  {complaint}
                </ListItem>
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={transfers} />
    </PageBody>
  );
}
