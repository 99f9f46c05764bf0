import type { Reply } from '@openward/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { logOut } from '#app/session.ts';
import { withStepUp } from '#app/step-up.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { ConfirmDialog } from '#ui/dialog.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

type Session = Reply<'listSessions'>['items'][number];

/** Where one is logged in, and the way to end what one does not know. */
export function Page() {
  const t = useText('account');
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => api.listSessions({}, { signal }) });
  return (
    <PageBody title={t('sessions.title')} lead={t('sessions.lead')} actions={<LogOutEverywhere />}>
      <QueryState query={sessions}>
        {({ items }) => (
          <List label={t('sessions.title')}>
            {items
              .toSorted((one, other) => Number(other.current) - Number(one.current))
              .map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
          </List>
        )}
      </QueryState>
    </PageBody>
  );
}

function SessionRow({ session: { id, device, ip, createdAt, lastSeenAt, current } }: { session: Session }) {
  const t = useText('account');
  const format = useFormat();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const end = useMutation({
    mutationFn: () => withStepUp(() => api.endSession({ id })),
    onSuccess: () => {
      toast(t('sessions.ended', { device }));
      return queries.invalidateQueries({ queryKey: ['sessions'] });
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  const facts = [t('sessions.since', { when: format.dateTime(createdAt) }), ...(ip === null ? [] : [ip])];
  return (
    <ListItem
      title={device}
      meta={facts.join(' · ')}
      after={
        current ? (
          <Badge tone="good">{t('sessions.current')}</Badge>
        ) : (
          <Button
            size="small"
            busy={end.isPending}
            onClick={() => end.mutate()}
            aria-label={t('sessions.endOf', { device })}
          >
            {t('sessions.end')}
          </Button>
        )
      }
    >
      {t('sessions.seen', { when: format.ago(lastSeenAt) })}
    </ListItem>
  );
}

function LogOutEverywhere() {
  const t = useText('account');
  const [, navigate] = useLocation();
  const [open, setOpen] = useState(false);
  const problemText = useProblemText();
  const leave = useMutation({
    mutationFn: () => logOut({ everywhere: true }),
    onSuccess: () => navigate('/'),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <>
      <Button icon="exit" onClick={() => setOpen(true)}>
        {t('sessions.everywhere')}
      </Button>
      <ConfirmDialog
        title={t('sessions.everywhere')}
        open={open}
        onClose={() => setOpen(false)}
        confirm={t('sessions.everywhere')}
        danger
        busy={leave.isPending}
        onConfirm={() => leave.mutate()}
      >
        <p>{t('sessions.everywhereText')}</p>
      </ConfirmDialog>
    </>
  );
}
