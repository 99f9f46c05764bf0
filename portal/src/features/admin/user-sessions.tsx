import type { UserForAdmin } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Soft } from '#ui/layout.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';

/** Where somebody is logged in, and the way to end it all, as when a phone was stolen. */
export function SessionsCard({ user: { id, sessions }, canEnd }: { user: UserForAdmin; canEnd: boolean }) {
  const t = useText('admin');
  const format = useFormat();
  const [open, setOpen] = useState(false);
  return (
    <Card
      title={t('sessions.title')}
      actions={
        canEnd &&
        sessions.length > 0 && (
          <Button size="small" icon="exit" onClick={() => setOpen(true)}>
            {t('sessions.end')}
          </Button>
        )
      }
    >
      {sessions.length === 0 ? (
        <p>{t('sessions.none')}</p>
      ) : (
        <ul className={css['entries']} aria-label={t('sessions.title')}>
          {sessions.map(({ id, device, ip, createdAt, lastSeenAt, expiresAt }) => (
            <li key={id}>
              <div className={css['line']}>
                <strong>{device}</strong>
                {ip !== null && <span className={css['code']}>{ip}</span>}
              </div>
              <Soft>
                {t('sessions.facts', {
                  since: format.dateTime(createdAt),
                  seen: format.ago(lastSeenAt),
                  until: format.dateTime(expiresAt),
                })}
              </Soft>
            </li>
          ))}
        </ul>
      )}
      <ActionDialog
        title={t('sessions.end.title')}
        open={open}
        onClose={() => setOpen(false)}
        confirm={t('sessions.end')}
        danger
        reason="required"
        done={t('sessions.end.done')}
        action={(reason) => api.endUserSessions({ id, reason })}
      >
        <p>{t('sessions.end.text', { count: sessions.length })}</p>
      </ActionDialog>
    </Card>
  );
}
