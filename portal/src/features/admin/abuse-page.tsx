import type { AbuseCase } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { live } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { SelectField } from '#ui/field.tsx';
import { Row, Soft } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';
import { useLogWords } from './log-words.ts';
import { SecurityNav } from './security-nav.tsx';
import { ShortId } from './short-id.tsx';
import { useSearchFilters } from './use-search-filters.ts';

const states = ['open', 'ended'] as const;
const tones = { slow: 'info', proof: 'warning', block: 'danger', attention: 'danger' } as const;

/** What is held up because it looks like abuse, why, until when, and the way to lift it. */
export function Page() {
  const t = useText('admin');
  const [filters, setFilters] = useSearchFilters(['state']);
  const state = states.find((state) => state === filters.state) ?? 'open';
  const cases = usePages(
    ['admin', 'abuse', state],
    (cursor, signal) => api.listAbuse({ state, cursor }, { signal }),
    state === 'open' ? live : {},
  );
  return (
    <PageBody title={t('abuse.title')} lead={t('abuse.lead')}>
      <SecurityNav />
      <search className={css['short']} aria-label={t('filters.title')}>
        <SelectField
          name="state"
          label={t('abuse.state')}
          defaultValue={state}
          options={states.map((value) => ({ value, label: t(`abuse.state.${value}`) }))}
          onChange={(value) => setFilters({ state: value === 'open' ? undefined : value })}
        />
      </search>
      <QueryState query={cases}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="shield" title={t(`abuse.none.${state}`)} />
          ) : (
            items.map((found) => <Case key={found.id} found={found} />)
          )
        }
      </QueryState>
      <LoadMore query={cases} />
    </PageBody>
  );
}

function Case({ found }: { found: AbuseCase }) {
  const t = useText('admin');
  const format = useFormat();
  const words = useLogWords();
  const [open, setOpen] = useState(false);
  const { id, rule, means, step, until, score, evidence, openedAt, endedAt, liftReason } = found;
  const signals = Object.entries(evidence.signals).map(([kind, count]) => `${kind} × ${format.number(count)}`);
  return (
    <Card
      title={words.rule(rule) ?? means}
      actions={<Badge tone={endedAt === null ? tones[step] : 'neutral'}>{t(`abuse.step.${step}`)}</Badge>}
    >
      <Facts
        items={[
          [t('abuse.against'), <Against key="against" found={found} />],
          [
            t('abuse.rule'),
            <code key="rule" className={css['code']}>
              {rule}
            </code>,
          ],
          [t('abuse.opened'), format.dateTime(openedAt)],
          endedAt === null ? [t('abuse.until'), format.dateTime(until)] : [t('abuse.ended'), format.dateTime(endedAt)],
          [t('abuse.score'), format.number(score)],
          [t('abuse.window'), t('abuse.minutes', { count: Math.max(1, Math.round(evidence.windowS / 60)) })],
          [t('abuse.signals'), signals.join(', ') || '–'],
          [t('abuse.routes'), evidence.routes.join(', ') || '–'],
          [t('abuse.good'), format.number(evidence.goodAccounts)],
        ]}
      />
      {liftReason !== null && (
        <p className={css['prose']}>
          <Soft>{t('abuse.lifted')}</Soft> {liftReason}
        </p>
      )}
      {endedAt === null && (
        <Row>
          <Button onClick={() => setOpen(true)}>{t('abuse.lift')}</Button>
        </Row>
      )}
      <ActionDialog
        title={t('abuse.lift.title')}
        open={open}
        onClose={() => setOpen(false)}
        confirm={t('abuse.lift')}
        reason="required"
        done={t('abuse.lift.done')}
        action={(reason) => api.liftAbuse({ id, reason })}
      >
        <p>{t('abuse.lift.text')}</p>
      </ActionDialog>
    </Card>
  );
}

function Against({ found: { subjectType, subject } }: { found: AbuseCase }) {
  const t = useText('admin');
  if (subject === null) return t('abuse.forgotten');
  return (
    <span className={css['breaking']}>
      {t(`abuse.subject.${subjectType}`)}{' '}
      {subjectType === 'account' ? (
        <ShortId id={subject} href={`/admin/users/${subject}`} />
      ) : (
        <code className={css['code']}>{subject}</code>
      )}
    </span>
  );
}
