import type { CareRequest } from '@openward/contracts';
import { useEffect } from 'react';
import { Link, LinkButton } from '#app/link.tsx';
import { useMe } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { cx } from '#ui/cx.ts';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { AcceptingSwitch } from './accepting-switch.tsx';
import css from './inbox.module.css';
import { useIncoming } from './incoming.ts';
import { FlagBadges } from './red-flags.tsx';
import { Urgency } from './urgency.tsx';
import { useNow } from './use-now.ts';
import { useSteadyList } from './use-steady-list.ts';

/** A doctor's start page: who waits, the urgent ones first. Who awaits approval is told so instead. */
export function Page() {
  const t = useText('doctor');
  const me = useMe();
  if (me.data?.status !== 'pending-approval') return <Incoming />;
  return (
    <PageBody title={t('inbox.title')}>
      <Empty icon="clock" title={t('pending.title')}>
        <p>{me.data.doctor?.approval?.state === 'rejected' ? t('pending.rejected') : t('pending.text')}</p>
        <LinkButton href="/approval" variant="primary">
          {t('pending.approval')}
        </LinkButton>
        <Link href="/doctor-profile">{t('pending.profile')}</Link>
      </Empty>
    </PageBody>
  );
}

function Incoming() {
  const t = useText('doctor');
  const requests = useIncoming();
  const count = requests.data?.length ?? 0;
  // After the title of the page itself: effects of children come first.
  useEffect(() => {
    const title = `${t('inbox.title')} – Openward`;
    document.title = count === 0 ? title : `(${count}) ${title}`;
  });
  return (
    <PageBody title={t('inbox.title')} lead={t('inbox.lead')} actions={<AcceptingSwitch />}>
      <QueryState query={requests}>{(items) => <IncomingList items={items} />}</QueryState>
      <LoadMore query={requests} />
    </PageBody>
  );
}

/** New ones never push a row away from under a finger: they come last, or wait behind a button. */
function IncomingList({ items }: { items: CareRequest[] }) {
  const t = useText('doctor');
  const { rows, held, update } = useSteadyList(items);
  const hasEmergency = held.some(({ urgency }) => urgency === 'emergency');
  if (items.length === 0 && rows.every(({ isGone }) => isGone))
    return (
      <Empty icon="inbox" title={t('inbox.none.title')}>
        <p>{t('inbox.none.text')}</p>
      </Empty>
    );
  return (
    <div>
      <div className={css['news']} role="status">
        <span>{t('inbox.waiting', { count: items.length })}</span>
        {held.length > 0 && (
          <Button
            size="small"
            icon={hasEmergency ? 'alert' : 'refresh'}
            variant={hasEmergency ? 'danger' : 'primary'}
            onClick={update}
          >
            {hasEmergency ? t('inbox.newEmergency', { count: held.length }) : t('inbox.new', { count: held.length })}
          </Button>
        )}
      </div>
      <List label={t('inbox.title')}>
        {rows.map(({ item, isGone }) => (
          <IncomingRow key={item.id} request={item} isGone={isGone} />
        ))}
      </List>
    </div>
  );
}

function IncomingRow({ request, isGone }: { request: CareRequest; isGone: boolean }) {
  const t = useText('doctor');
  const format = useFormat();
  const now = useNow();
  const { id, patient, doctor, complaint, urgency, submittedAt, redFlags } = request;
  return (
    <ListItem
      before={<Avatar name={patient.fullName} />}
      title={isGone ? patient.fullName : <Link href={`/inbox/${id}`}>{patient.fullName}</Link>}
      meta={
        <time dateTime={submittedAt} title={format.dateTime(submittedAt)}>
          {t('inbox.asked', { when: format.ago(submittedAt, now) })}
        </time>
      }
      after={
        isGone ? (
          <Badge>{t('inbox.gone')}</Badge>
        ) : (
          <>
            <Urgency urgency={urgency} />
            {redFlags !== undefined && <FlagBadges redFlags={redFlags} />}
            {doctor !== null && <Badge tone="brand">{t('inbox.toYou')}</Badge>}
          </>
        )
      }
    >
      <span className={cx(isGone && css['gone'])}>{complaint}</span>
    </ListItem>
  );
}
