import type { UserForAdmin } from '@openward/contracts';
import { useEffect, useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { SelectField, TextField } from '#ui/field.tsx';
import { Stack } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';
import { type BanDuration, banPresets, banUnits, longestOf, minutesOf } from './ban-duration.ts';

type BanDialogProps = { user: UserForAdmin; open: boolean; onClose: () => void };

/** Keeps somebody out for a while or for good, and says beforehand all that follows from it. */
export function BanDialog({ user, open, onClose }: BanDialogProps) {
  const t = useText('admin');
  const [duration, setDuration] = useState<BanDuration>({ preset: 'day', amount: 3, unit: 'days' });
  const minutes = minutesOf(duration);
  return (
    <ActionDialog
      title={t('ban.title', { name: user.fullName ?? '' })}
      open={open}
      onClose={onClose}
      confirm={minutes === null ? t('ban.confirm.ever') : t('ban.confirm')}
      danger
      reason="required"
      reasonHint={t('ban.reason.hint')}
      done={t('ban.done')}
      action={async (reason) => {
        if (minutes !== undefined) await api.banUser({ id: user.id, reason, durationMinutes: minutes });
      }}
    >
      <Stack>
        <DurationFields duration={duration} onChange={setDuration} />
        <Consequences user={user} minutes={minutes} />
      </Stack>
    </ActionDialog>
  );
}

type DurationProps = { duration: BanDuration; onChange: (duration: BanDuration) => void };

function DurationFields({ duration, onChange }: DurationProps) {
  const t = useText('admin');
  const { preset, amount, unit } = duration;
  return (
    <>
      <SelectField
        name="preset"
        label={t('ban.howLong')}
        defaultValue={preset}
        required
        onChange={(value) => onChange({ ...duration, preset: banPresets.find((preset) => preset === value) ?? 'day' })}
        options={banPresets.map((value) => ({ value, label: t(`ban.preset.${value}`) }))}
      />
      {preset === 'own' && (
        <div className={css['pair']}>
          <div
            onInput={({ target }) => {
              if (target instanceof HTMLInputElement) onChange({ ...duration, amount: target.valueAsNumber });
            }}
          >
            <TextField
              name="durationMinutes"
              type="number"
              inputMode="numeric"
              label={t('ban.amount')}
              min={1}
              max={longestOf(unit)}
              defaultValue={amount}
              required
            />
          </div>
          <SelectField
            name="unit"
            label={t('ban.unit')}
            defaultValue={unit}
            required
            options={banUnits.map((value) => ({ value, label: t(`ban.unit.${value}`) }))}
            onChange={(value) => onChange({ ...duration, unit: banUnits.find((unit) => unit === value) ?? 'days' })}
          />
        </div>
      )}
    </>
  );
}

/** What will have happened a moment after the button. Follows what is chosen, and is read out. */
function Consequences({ user, minutes }: { user: UserForAdmin; minutes: number | null | undefined }) {
  const t = useText('admin');
  const format = useFormat();
  const now = useNow();
  const until = typeof minutes === 'number' ? format.dateTime(now + minutes * 60_000) : null;
  return (
    <div role="status">
      <Notice kind="warning" title={t('ban.preview')}>
        <ul className={css['points']}>
          {minutes === null && <li>{t('ban.preview.ever')}</li>}
          {minutes === undefined && <li>{t('ban.preview.wrong')}</li>}
          {until !== null && <li>{t('ban.preview.until', { until })}</li>}
          <li>{t('ban.preview.sessions', { count: user.sessions.length })}</li>
          {user.role === 'doctor' && <li>{t('ban.preview.requests')}</li>}
          {user.role === 'doctor' && <li>{t('ban.preview.listing')}</li>}
          <li>{t('ban.preview.told')}</li>
        </ul>
      </Notice>
    </div>
  );
}

/** The time, kept: a dialog may stay open for a while. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
