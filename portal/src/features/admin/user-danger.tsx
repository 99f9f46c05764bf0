import type { UserForAdmin } from '@openward/contracts';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { TextField } from '#ui/field.tsx';
import { Row, Stack } from '#ui/layout.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';

/** What is seldom needed, and hard or impossible to take back. */
export function DangerCard({ user }: { user: UserForAdmin }) {
  const t = useText('admin');
  const [open, setOpen] = useState<'factor' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <Card title={t('danger.title')}>
      <Row>
        {user.mfaEnabled && (
          <Button icon="key" onClick={() => setOpen('factor')}>
            {t('factor.button')}
          </Button>
        )}
        <Button icon="trash" variant="danger" onClick={() => setOpen('delete')}>
          {t('delete.button')}
        </Button>
      </Row>
      <ActionDialog
        title={t('factor.title', { name: user.fullName ?? '' })}
        open={open === 'factor'}
        onClose={close}
        confirm={t('factor.button')}
        danger
        reason="required"
        done={t('factor.done')}
        action={(reason) => api.resetSecondFactor({ id: user.id, reason })}
      >
        <p>{t('factor.text')}</p>
      </ActionDialog>
      <DeleteDialog user={user} open={open === 'delete'} onClose={close} />
    </Card>
  );
}

function DeleteDialog({ user, open, onClose }: { user: UserForAdmin; open: boolean; onClose: () => void }) {
  const t = useText('admin');
  const [, navigate] = useLocation();
  const { id, role, fullName, email } = user;
  const typed = email ?? id;
  return (
    <ActionDialog
      title={t('delete.title', { name: fullName ?? '' })}
      open={open}
      onClose={onClose}
      confirm={t('delete.confirm')}
      danger
      reason="required"
      done={t('delete.done')}
      action={async (reason) => {
        await api.deleteUser({ id, reason });
        navigate('/admin/users');
      }}
    >
      <Stack>
        <ul className={css['points']}>
          <li>{t('delete.erased')}</li>
          <li>{t(`delete.of.${role}`)}</li>
          <li>{t('delete.never')}</li>
        </ul>
        <TextField
          name="confirmation"
          label={t('delete.type', { typed })}
          hint={t('delete.type.hint')}
          pattern={asPattern(typed)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
      </Stack>
    </ActionDialog>
  );
}

/** Takes this text and no other. */
function asPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
