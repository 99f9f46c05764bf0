import type { CareRequest } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation, useSearch } from 'wouter';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { lazyPart } from '#app/lazy-part.tsx';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useText } from '#i18n/use-text.ts';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { Tabs } from '#ui/tabs.tsx';
import css from './consultation.module.css';
import { ConsultationActions } from './consultation-actions.tsx';
import { DiagnosisPane } from './diagnosis-pane.tsx';
import { HandOverStanding } from './hand-over.tsx';
import { LeaseNotice } from './lease-notice.tsx';
import { RecordPane } from './record-pane.tsx';
import { FlagNotice } from './red-flags.tsx';
import { RequestStatus } from './request-status.tsx';
import { Urgency } from './urgency.tsx';
import { useWide } from './use-wide.ts';

const Conversation = lazyPart(async () => (await import('#conversation/conversation.tsx')).Conversation, {
  fallback: <Skeleton shape="rows" />,
});

/** One patient being treated: the conversation, the record and the diagnosis. It follows what happens elsewhere. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('doctor');
  const request = useQuery({
    queryKey: ['request', id],
    queryFn: ({ signal }) => api.getRequest({ id }, { signal }),
    ...live,
  });
  const { data } = request;
  return (
    <PageBody
      title={data?.patient.fullName ?? t('consultation.title')}
      lead={
        <span className={css['links']}>
          <Link href="/consultations">{t('consultation.back')}</Link>
          {data !== undefined && (
            <span className={css['links']} role="status">
              <RequestStatus status={data.status} />
              {data.urgency !== 'routine' && <Urgency urgency={data.urgency} />}
            </span>
          )}
        </span>
      }
      actions={data !== undefined && <ConsultationActions request={data} />}
      width="full"
    >
      <QueryState query={request}>{(request) => <Consultation request={request} />}</QueryState>
    </PageBody>
  );
}

function Consultation({ request }: { request: CareRequest }) {
  const t = useText('doctor');
  if (request.status === 'submitted')
    return (
      <Notice kind="info" title={t('consultation.waits')}>
        {request.returned?.because === 'lease-ended' && <p>{t('lease.ended')}</p>}
        <LinkButton href={`/inbox/${request.id}`} size="small">
          {t('gone.look')}
        </LinkButton>
      </Notice>
    );
  if (request.status === 'declined' || request.status === 'cancelled')
    return (
      <Notice kind="info" title={t('consultation.never')}>
        <p className={css['prose']}>{request.complaint}</p>
      </Notice>
    );
  return (
    <>
      <HandOverStanding request={request} />
      <LeaseNotice request={request} />
      {request.status !== 'closed' && <FlagNotice {...request} />}
      <Panes request={request} />
    </>
  );
}

const views = ['chat', 'record', 'diagnosis'] as const;
type View = (typeof views)[number];

/**
 * Beside each other where there is room, else one at a time: which one stands in the address. What is not seen is not there, so that no
 * message counts as read in a hidden conversation; what was typed comes back with its pane.
 */
function Panes({ request }: { request: CareRequest }) {
  const t = useText('doctor');
  const isWide = useWide();
  const [, navigate] = useLocation();
  const wanted = new URLSearchParams(useSearch()).get('view');
  const view = views.find((name) => name === wanted) ?? 'chat';
  const panes: Record<View, ReactNode> = {
    chat: <ChatPane roomId={request.roomId} />,
    record: <RecordPane request={request} />,
    diagnosis: <DiagnosisPane request={request} />,
  };
  if (!isWide)
    return (
      <Tabs
        label={t('consultation.views')}
        tabs={views.map((name) => ({ name, label: t(`view.${name}`) }))}
        current={view}
        onChange={(name) => navigate(`/consultations/${request.id}?view=${name}`, { replace: true })}
      >
        <div className={css['pane']}>{panes[view]}</div>
      </Tabs>
    );
  return (
    <div className={css['panes']}>
      {views.map((name) => (
        <section key={name} className={css['pane']} aria-label={t(`view.${name}`)}>
          {panes[name]}
        </section>
      ))}
    </div>
  );
}

function ChatPane({ roomId }: { roomId: string | null }) {
  const t = useText('doctor');
  if (roomId === null) return <Notice>{t('consultation.noRoom')}</Notice>;
  return (
    <div className={css['chat']}>
      <Conversation roomId={roomId} compact />
      <p className={css['aside']}>
        <Link href={`/chat/${roomId}`}>{t('consultation.openChat')}</Link>
      </p>
    </div>
  );
}
