import type { Appointment, Hours } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { ownTimeZone } from '#app/free-slots.tsx';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { SelectField, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import css from './appointments.module.css';
import { Conflicts } from './conflicts.tsx';
import { Exceptions } from './exceptions.tsx';
import { WeekFields, type WindowRow } from './week-fields.tsx';

const usual: Hours = {
  timeZone: ownTimeZone,
  ...{ slotMinutes: 30, breakMinutes: 0, noticeMinutes: 120, aheadDays: 60 },
  weekly: [],
};

/** When patients can book: the week, and what differs from it. */
export function Page() {
  const t = useText('appointments');
  const hours = useQuery({ queryKey: ['hours'], queryFn: ({ signal }) => api.getHours({}, { signal }) });
  const [conflicts, setConflicts] = useState<Appointment[]>([]);
  return (
    <PageBody title={t('hours.title')} lead={t('hours.lead')}>
      <Conflicts appointments={conflicts} />
      <QueryState query={hours}>{({ hours }) => <Week hours={hours ?? usual} onConflicts={setConflicts} />}</QueryState>
      <Exceptions onConflicts={setConflicts} />
    </PageBody>
  );
}

function Week({ hours, onConflicts }: { hours: Hours; onConflicts: (appointments: Appointment[]) => void }) {
  const t = useText('appointments');
  const queries = useQueryClient();
  const [rows, setRows] = useState<WindowRow[]>(() => hours.weekly.map((window, key) => ({ key, ...window })));

  async function save(values: FormValues): Promise<void> {
    const number = (name: string) => Number(values.text(name));
    const weekly = rows.map(({ weekday }, index) => ({
      weekday,
      from: values.text(`weekly.${index}.from`),
      // A clock has no 24:00; what ends at midnight ends there.
      to: values.text(`weekly.${index}.to`).replace(/^00:00$/, '24:00'),
    }));
    const answer = await api.setHours({
      timeZone: values.text('timeZone'),
      slotMinutes: number('slotMinutes'),
      breakMinutes: number('breakMinutes'),
      noticeMinutes: number('noticeMinutes'),
      aheadDays: number('aheadDays'),
      weekly,
    });
    queries.setQueryData(['hours'], { hours: answer.hours });
    onConflicts(answer.conflicts);
    toast(t('hours.saved'));
  }

  return (
    <Card title={t('hours.week')}>
      <Form
        label={t('hours.week')}
        onSubmit={save}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy}>
            {t('hours.save')}
          </Button>
        )}
      >
        <WeekFields rows={rows} onChange={setRows} />
        <Settings hours={hours} />
      </Form>
    </Card>
  );
}

const choices = {
  slotMinutes: [10, 15, 20, 30, 45, 60, 90, 120],
  breakMinutes: [0, 5, 10, 15, 30],
  noticeMinutes: [0, 30, 60, 120, 240, 720, 1440, 2880],
} as const;

function Settings({ hours }: { hours: Hours }) {
  const t = useText('appointments');
  const zones = [...new Set([hours.timeZone, ownTimeZone, ...Intl.supportedValuesOf('timeZone')])].toSorted();
  const minutes = (count: number) =>
    count >= 60 && count % 60 === 0 ? t('hours.hours', { count: count / 60 }) : t('hours.minutes', { count });
  const select = (name: keyof typeof choices) => (
    <SelectField
      name={name}
      label={t(`hours.${name}`)}
      defaultValue={String(hours[name])}
      required
      options={[...new Set([...choices[name], hours[name]])]
        .toSorted((one, other) => one - other)
        .map((count) => ({ value: String(count), label: minutes(count) }))}
    />
  );
  return (
    <div className={css['settings']}>
      <SelectField
        name="timeZone"
        label={t('hours.timeZone')}
        defaultValue={hours.timeZone}
        required
        options={zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
      />
      {select('slotMinutes')}
      {select('breakMinutes')}
      {select('noticeMinutes')}
      <TextField
        type="number"
        name="aheadDays"
        label={t('hours.aheadDays')}
        min={1}
        max={365}
        required
        defaultValue={hours.aheadDays}
      />
    </div>
  );
}
