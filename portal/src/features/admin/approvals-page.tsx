import type { Account } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
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

/** The doctors who wait for the clinic's word. New ones appear by themselves. */
export function Page() {
  const t = useText('admin');
  const doctors = usePages(
    ['admin', 'approvals'],
    (cursor, signal) => api.listUsers({ role: 'doctor', status: 'pending-approval', cursor }, { signal }),
    live,
  );
  return (
    <PageBody title={t('approvals.title')} lead={t('approvals.lead')}>
      <QueryState query={doctors}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="check" title={t('approvals.none')}>
              <p>{t('approvals.none.text')}</p>
            </Empty>
          ) : (
            items.map((account) => <Waiting key={account.id} account={account} />)
          )
        }
      </QueryState>
      <LoadMore query={doctors} />
    </PageBody>
  );
}

function Waiting({ account: { id, fullName, email, emailVerified, createdAt } }: { account: Account }) {
  const t = useText('admin');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  const [open, setOpen] = useState<'approve' | 'reject' | null>(null);
  // Each look at an account is written down: once is enough while somebody decides.
  const user = useQuery({
    queryKey: ['admin', 'user', id],
    queryFn: ({ signal }) => api.getUserForAdmin({ id }, { signal }),
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  const refused = useQuery({
    queryKey: ['admin', 'refused', id],
    queryFn: ({ signal }) => api.listAudit({ subjectId: id, action: 'doctor.rejected', limit: 1 }, { signal }),
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  const doctor = user.data?.doctor;
  const refusal = refused.data?.items[0];
  const name = fullName ?? '';
  const close = () => setOpen(null);
  return (
    <Card title={name} actions={<Link href={`/admin/users/${id}`}>{t('approvals.more', { name })}</Link>}>
      <Facts
        items={[
          [t('user.specialty'), doctor === undefined ? '…' : specialtyName(doctor.specialty)],
          [t('user.license'), doctor?.licenseNumber ?? '…'],
          [
            t('users.email'),
            <span key="email" className={css['breaking']}>
              {email} {!emailVerified && <Badge tone="warning">{t('approvals.unverified')}</Badge>}
            </span>,
          ],
          [t('approvals.since'), format.ago(createdAt)],
        ]}
      />
      {refusal !== undefined && <p>{t('approvals.refused', { when: format.dateTime(refusal.at) })}</p>}
      <Row>
        <Button variant="primary" icon="check" onClick={() => setOpen('approve')}>
          {t('approve.button')}
        </Button>
        <Button icon="close" onClick={() => setOpen('reject')}>
          {t('reject.button')}
        </Button>
      </Row>
      <ApproveDialog id={id} name={name} open={open === 'approve'} onClose={close} />
      <RejectDialog id={id} name={name} isPending open={open === 'reject'} onClose={close} />
    </Card>
  );
}
