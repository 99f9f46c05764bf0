import type { AppealState, ListedAppeal } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Card, Facts } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Tabs } from '#ui/tabs.tsx';
import { Appeal } from './appeal.tsx';

const states = ['open', 'answered', 'over'] as const satisfies readonly AppealState[];

/** What people say against being blocked: those who wait, longest first, and what was answered. New ones appear by themselves. */
export function Page() {
  const t = useText('admin');
  const [state, setState] = useState<AppealState>('open');
  const appeals = usePages(
    ['admin', 'appeals', state],
    (cursor, signal) => api.listAppeals({ state, cursor }, { signal }),
    live,
  );
  return (
    <PageBody title={t('appeals.title')} lead={t('appeals.lead')}>
      <Tabs
        label={t('appeals.title')}
        tabs={states.map((name) => ({ name, label: t(`appeals.state.${name}`) }))}
        current={state}
        onChange={setState}
      >
        <QueryState query={appeals}>
          {(items) =>
            items.length === 0 ? (
              <Empty icon="check" title={t('appeals.none')}>
                <p>{t(`appeals.none.${state}`)}</p>
              </Empty>
            ) : (
              items.map((item) => <One key={item.ban.id} item={item} />)
            )
          }
        </QueryState>
        <LoadMore query={appeals} />
      </Tabs>
    </PageBody>
  );
}

function One({ item: { state, account, ban, appeal } }: { item: ListedAppeal }) {
  const t = useText('admin');
  const format = useFormat();
  const name = account.fullName ?? '–';
  return (
    <Card title={name} actions={<Link href={`/admin/users/${account.id}`}>{t('approvals.more', { name })}</Link>}>
      <Facts
        items={[
          [t('appeals.reason'), ban.reason],
          [t('appeals.since'), format.dateTime(ban.startsAt)],
          [t('appeals.until'), ban.until === null ? t('appeals.forGood') : format.dateTime(ban.until)],
        ]}
      />
      <Appeal appeal={appeal} user={account} canAnswer={state === 'open'} />
    </Card>
  );
}
