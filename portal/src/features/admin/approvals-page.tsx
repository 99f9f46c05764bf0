import type { QueuedApproval } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { Row } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import css from './admin.module.css';
import { ApproveDialog, RejectDialog } from './approval-dialogs.tsx';
import { ApprovalDocumentList } from './approval-document-list.tsx';

/** The doctors who wait for the clinic's word, longest first. New ones appear by themselves. */
export function Page() {
  const t = useText('admin');
  const queue = usePages(['admin', 'approvals'], (cursor, signal) => api.listApprovals({ cursor }, { signal }), live);
  return (
    <PageBody title={t('approvals.title')} lead={t('approvals.lead')}>
      <QueryState query={queue}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="check" title={t('approvals.none')}>
              <p>{t('approvals.none.text')}</p>
            </Empty>
          ) : (
            items.map((approval) => <Waiting key={approval.id} approval={approval} />)
          )
        }
      </QueryState>
      <LoadMore query={queue} />
    </PageBody>
  );
}

function Waiting({ approval }: { approval: QueuedApproval }) {
  const t = useText('admin');
  const format = useFormat();
  const [open, setOpen] = useState<'approve' | 'reject' | null>(null);
  const specialtyName = useSpecialtyName();
  const { id: approvalId, kind, doctor, specialty, licenseNumber, note, askedAt, previous, documents } = approval;
  const { id, fullName: name, email, emailVerified } = doctor;
  const close = () => setOpen(null);
  return (
    <Card title={name} actions={<Link href={`/admin/users/${id}`}>{t('approvals.more', { name })}</Link>}>
      <p>
        <Badge tone={kind === 'first' ? 'neutral' : 'info'}>{t(`approvals.${kind}`)}</Badge>
      </p>
      <Facts
        items={[
          [
            t('user.specialty'),
            <Asked key="specialty" is={specialtyName(specialty)} was={specialtyName(doctor.specialty)} />,
          ],
          [t('user.license'), <Asked key="license" is={licenseNumber} was={doctor.licenseNumber} />],
          [
            t('users.email'),
            <span key="email" className={css['breaking']}>
              {email} {!emailVerified && <Badge tone="warning">{t('approvals.unverified')}</Badge>}
            </span>,
          ],
          [t('approvals.since'), format.ago(askedAt)],
          ...(note === null ? [] : [[t('approvals.note'), note] as const]),
        ]}
      />
      {previous?.state === 'rejected' && (
        <p>{t('approvals.refused', { when: format.dateTime(previous.decidedAt), reason: previous.reason ?? '–' })}</p>
      )}
      <ApprovalDocumentList documents={documents} />
      <Row>
        <Button variant="primary" icon="check" onClick={() => setOpen('approve')}>
          {t('approve.button')}
        </Button>
        <Button icon="close" onClick={() => setOpen('reject')}>
          {t('reject.button')}
        </Button>
      </Row>
      <ApproveDialog {...{ id, name, kind, approvalId }} open={open === 'approve'} onClose={close} />
      <RejectDialog {...{ id, name, kind, approvalId }} isPending open={open === 'reject'} onClose={close} />
    </Card>
  );
}

/** What is asked for, and beside it what it would be instead of. */
function Asked({ is, was }: { is: string; was: string }) {
  const t = useText('admin');
  return (
    <>
      {is} {is !== was && <Badge tone="info">{t('approvals.was', { was })}</Badge>}
    </>
  );
}
