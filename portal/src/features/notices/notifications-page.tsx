import type { Notification, Role } from '@openward/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useHolder } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import { Row } from '#ui/layout.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

/** What one was told of, the newest first. It follows by itself. */
export function Page() {
  const t = useText('notices');
  const notices = usePages(
    ['notifications', 'list'],
    (cursor, signal) => api.listNotifications({ cursor }, { signal }),
    live,
  );
  const newest = notices.data?.[0];
  const hasUnread = notices.data?.some(({ readAt }) => readAt === null) === true;
  return (
    <PageBody
      title={t('title')}
      actions={
        <Row>
          {newest !== undefined && hasUnread && <ReadAll until={newest.id} />}
          <LinkButton href="/notification-settings" icon="settings">
            {t('settings')}
          </LinkButton>
        </Row>
      }
    >
      <QueryState query={notices}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="bell" title={t('none')}>
              <p>{t('none.text')}</p>
            </Empty>
          ) : (
            <List label={t('title')}>
              {items.map((notice) => (
                <NoticeRow key={notice.id} notice={notice} />
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={notices} />
    </PageBody>
  );
}

function ReadAll({ until }: { until: string }) {
  const t = useText('notices');
  const queries = useQueryClient();
  const problemText = useProblemText();
  const read = useMutation({
    mutationFn: () => api.readNotifications({ until }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['notifications'] }),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <Button icon="checks" busy={read.isPending} onClick={() => read.mutate()}>
      {t('readAll')}
    </Button>
  );
}

function NoticeRow({ notice }: { notice: Notification }) {
  const t = useText('notices');
  const format = useFormat();
  const queries = useQueryClient();
  const holder = useHolder();
  const { id, kind, createdAt, readAt } = notice;
  const title = t(`kind.${kind}`);
  const page = holder === null ? null : pageOf(notice, holder.role);
  function markRead(): void {
    if (readAt !== null) return;
    api.readNotifications({ ids: [id] }).then(
      () => queries.invalidateQueries({ queryKey: ['notifications'] }),
      // It stays unread: nothing to bother anybody with on the way to what it is about.
      () => undefined,
    );
  }
  return (
    <ListItem
      title={
        page === null ? (
          title
        ) : (
          <Link href={page} onClick={markRead}>
            {title}
          </Link>
        )
      }
      meta={format.ago(createdAt)}
      after={readAt === null && <Badge tone="brand">{t('isNew')}</Badge>}
    />
  );
}

/** Where it can be looked at; null where there is nothing to look at any more. */
function pageOf({ kind, requestId, roomId, userId }: Notification, role: Role): string | null {
  if (kind === 'transfer-waiting' && requestId !== null) return `/transfers/${requestId}`;
  if (roomId !== null) return `/chat/${roomId}`;
  if (userId !== null && role === 'admin') return `/admin/users/${userId}`;
  if (requestId === null && kind.startsWith('appointment-')) return '/appointments';
  if (kind === 'nobody-takes') return '/admin/audit?action=request.escalated';
  if (kind === 'waiting-long' || kind === 'lease-ended') return '/inbox';
  if (requestId === null) return null;
  if (role === 'patient') return `/requests/${requestId}`;
  return kind.endsWith('request-received') ? `/inbox/${requestId}` : `/consultations/${requestId}`;
}
