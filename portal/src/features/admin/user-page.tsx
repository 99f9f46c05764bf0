import type { UserForAdmin } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { Link } from '#app/link.tsx';
import { useHolder } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Row } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { ApprovalCard } from './user-approval.tsx';
import { BansCard } from './user-bans.tsx';
import { DangerCard } from './user-danger.tsx';
import { AccountCard, CountsCard, ProfileCard } from './user-facts.tsx';
import { SessionsCard } from './user-sessions.tsx';

/** All of an account but what is said and written about health. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('admin');
  const user = useQuery({
    queryKey: ['admin', 'user', id],
    queryFn: ({ signal }) => api.getUserForAdmin({ id }, { signal }),
  });
  const { data } = user;
  return (
    <PageBody
      title={data === undefined ? t('user.title') : (data.fullName ?? t('user.deleted'))}
      lead={data === undefined ? undefined : t(`role.${data.role}`)}
    >
      <Link href="/admin/users">{t('user.back')}</Link>
      <QueryState query={user} skeleton={<Skeleton shape="page" />}>
        {(user) => <User user={user} />}
      </QueryState>
    </PageBody>
  );
}

function User({ user }: { user: UserForAdmin }) {
  const t = useText('admin');
  const { id, role, status } = user;
  const isOwn = useHolder()?.id === id;
  const isDeleted = status === 'deleted';
  return (
    <>
      {isDeleted && (
        <Notice title={t('user.deleted')}>
          <p>{t('user.deleted.text')}</p>
        </Notice>
      )}
      {isOwn && (
        <Notice title={t('user.own')}>
          <p>{t('user.own.text')}</p>
        </Notice>
      )}
      {role === 'doctor' && !isDeleted && <ApprovalCard user={user} />}
      <AccountCard user={user} />
      <ProfileCard user={user} />
      <CountsCard user={user} />
      <BansCard user={user} canBan={!isOwn && !isDeleted} />
      {!isDeleted && <SessionsCard user={user} canEnd={!isOwn} />}
      <Row>
        <Link href={`/admin/audit?subjectId=${id}`}>{t('user.log.about')}</Link>
        <Link href={`/admin/audit?actorId=${id}`}>{t('user.log.by')}</Link>
        <Link href={`/admin/security?subjectId=${id}`}>{t('user.log.security')}</Link>
      </Row>
      {!isDeleted && !isOwn && <DangerCard user={user} />}
    </>
  );
}
