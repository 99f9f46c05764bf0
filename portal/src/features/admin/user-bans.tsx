import type { Ban, UserForAdmin } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Soft } from '#ui/layout.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';
import { Appeal } from './appeal.tsx';
import { BanDialog } from './ban-dialog.tsx';
import { ShortId } from './short-id.tsx';

/** What was held against somebody, the newest first, and what can be done about it now. */
export function BansCard({ user, canBan }: { user: UserForAdmin; canBan: boolean }) {
  const t = useText('admin');
  const [open, setOpen] = useState<'ban' | 'lift' | null>(null);
  const isBanned = user.status === 'banned';
  const close = () => setOpen(null);
  return (
    <Card
      title={t('bans.title')}
      actions={
        canBan &&
        (isBanned ? (
          <Button size="small" onClick={() => setOpen('lift')}>
            {t('lift.button')}
          </Button>
        ) : (
          <Button size="small" icon="lock" onClick={() => setOpen('ban')}>
            {t('ban.button')}
          </Button>
        ))
      }
    >
      {user.bans.length === 0 ? (
        <p>{t('bans.none')}</p>
      ) : (
        <ul className={css['entries']} aria-label={t('bans.title')}>
          {user.bans.map((ban) => (
            <BanEntry key={ban.id} ban={ban} user={user} isBanned={isBanned} />
          ))}
        </ul>
      )}
      <BanDialog user={user} open={open === 'ban'} onClose={close} />
      <ActionDialog
        title={t('lift.title', { name: user.fullName ?? '' })}
        open={open === 'lift'}
        onClose={close}
        confirm={t('lift.button')}
        reason="none"
        done={t('lift.done')}
        action={() => api.liftBan({ id: user.id })}
      >
        <p>{t('lift.text')}</p>
      </ActionDialog>
    </Card>
  );
}

function BanEntry({ ban, user, isBanned }: { ban: Ban; user: UserForAdmin; isBanned: boolean }) {
  const t = useText('admin');
  const format = useFormat();
  const { reason, bannedBy, startsAt, until, liftedAt, liftedBy, appeal } = ban;
  const since = format.dateTime(startsAt);
  return (
    <li>
      <div className={css['line']}>
        <span>
          {until === null ? t('bans.ever', { since }) : t('bans.span', { since, until: format.dateTime(until) })}
        </span>
        {isBanned && liftedAt === null && <Badge tone="danger">{t('bans.running')}</Badge>}
      </div>
      <p className={css['prose']}>{reason}</p>
      <div className={css['line']}>
        <Soft>
          {t('bans.by')} <ShortId id={bannedBy} href={`/admin/users/${bannedBy}`} />
        </Soft>
        {liftedAt !== null && (
          <Soft>
            {liftedBy === null
              ? t('bans.over', { when: format.dateTime(liftedAt) })
              : t('bans.lifted', { when: format.dateTime(liftedAt) })}{' '}
            {liftedBy !== null && <ShortId id={liftedBy} href={`/admin/users/${liftedBy}`} />}
          </Soft>
        )}
      </div>
      {appeal != null && <Appeal appeal={appeal} user={user} canAnswer={isBanned && liftedAt === null} />}
    </li>
  );
}
