import type { CareRequest } from '@openward/contracts';
import { useEffect, useRef } from 'react';
import { LinkButton } from '#app/link.tsx';
import { useHolder } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Card } from '#ui/card.tsx';
import { Notice } from '#ui/notice.tsx';
import css from './consultation.module.css';
import { useIncoming } from './incoming.ts';
import { Urgency } from './urgency.tsx';
import { useNow } from './use-now.ts';

/** It waits no longer: what has become of it as far as one may know, and the next one at hand. */
export function RequestGone({
  id,
  isTaken,
  request,
}: {
  id: string;
  /** Whether it is sure that a colleague has it. */
  isTaken: boolean;
  request: CareRequest | undefined;
}) {
  const t = useText('doctor');
  const holder = useHolder();
  const region = useRef<HTMLDivElement>(null);
  // The button that was pressed is gone: what has happened takes its focus, and is read out.
  useEffect(() => region.current?.focus({ preventScroll: true }), []);
  const isMine = request !== undefined && request.status !== 'submitted' && request.doctor?.id === holder?.id;
  if (isMine)
    return (
      <Notice kind="info" title={t('gone.mine')}>
        <LinkButton href={`/consultations/${id}`} variant="primary" size="small">
          {t('gone.open')}
        </LinkButton>
      </Notice>
    );
  const how = isTaken ? 'taken' : request?.status === 'cancelled' ? 'cancelled' : 'away';
  return (
    <>
      <div ref={region} tabIndex={-1} role="status" className={css['region']}>
        <Notice kind="info" title={t(`gone.title.${how}`)}>
          <p>{t(`gone.text.${how}`)}</p>
        </Notice>
      </div>
      <Next after={id} />
    </>
  );
}

function Next({ after }: { after: string }) {
  const t = useText('doctor');
  const format = useFormat();
  const now = useNow();
  const incoming = useIncoming();
  if (incoming.data === undefined) return null;
  const next = incoming.data.find(({ id }) => id !== after);
  if (next === undefined) return <p>{t('gone.noOther')}</p>;
  return (
    <Card title={t('gone.next', { name: next.patient.fullName })} actions={<Urgency urgency={next.urgency} />}>
      <p className={css['excerpt']}>{next.complaint}</p>
      <p className={css['meta']}>{t('inbox.asked', { when: format.ago(next.submittedAt, now) })}</p>
      <div>
        <LinkButton href={`/inbox/${next.id}`} variant="primary" icon="arrow">
          {t('gone.look')}
        </LinkButton>
      </div>
    </Card>
  );
}
