import type { Appointment } from '@openward/contracts';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { api } from '#app/api.ts';
import { byDay } from '#app/by-day.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useHolder } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Empty } from '#ui/empty.tsx';
import { TextField } from '#ui/field.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Tabs } from '#ui/tabs.tsx';
import { AppointmentStatus } from './appointment-status.tsx';
import css from './appointments.module.css';

const views = ['coming', 'past', 'day'] as const;
type View = (typeof views)[number];

/** One's own appointments: what comes, what was, or what a day holds. For a doctor it is the agenda. */
export function Page() {
  const t = useText('appointments');
  const [, navigate] = useLocation();
  const wanted = new URLSearchParams(useSearch()).get('view');
  const view = views.find((name) => name === wanted) ?? 'coming';
  const isDoctor = useHolder()?.role === 'doctor';
  return (
    <PageBody
      title={isDoctor ? t('agenda.title') : t('list.title')}
      actions={
        isDoctor ? (
          <LinkButton href="/hours" icon="clock">
            {t('hours.title')}
          </LinkButton>
        ) : (
          <LinkButton href="/doctors" variant="primary" icon="plus">
            {t('list.book')}
          </LinkButton>
        )
      }
    >
      <Tabs
        label={t('list.which')}
        tabs={views.map((name) => ({ name, label: t(`list.${name}`) }))}
        current={view}
        onChange={(name) => navigate(`/appointments?view=${name}`, { replace: true })}
      >
        {view === 'day' ? <OneDay /> : <Days key={view} view={view} />}
      </Tabs>
    </PageBody>
  );
}

function OneDay() {
  const t = useText('appointments');
  const [day, setDay] = useState(() => isoDay(new Date()));
  return (
    <>
      <div
        className={css['pick']}
        onInput={({ target }) => target instanceof HTMLInputElement && target.value !== '' && setDay(target.value)}
      >
        <TextField type="date" name="day" label={t('list.day')} defaultValue={day} />
      </div>
      <Days key={day} view="day" day={day} />
    </>
  );
}

function Days({ view, day }: { view: View; day?: string }) {
  const t = useText('appointments');
  const format = useFormat();
  const [now] = useState(() => new Date().toISOString());
  const appointments = usePages(
    ['appointments', view, day ?? ''],
    (cursor, signal) => api.listAppointments({ ...spanOf(view, day, now), cursor }, { signal }),
    live,
  );
  return (
    <>
      <QueryState query={appointments}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="calendar" title={t('list.none.title')}>
              <p>{t('list.none.text')}</p>
            </Empty>
          ) : (
            [...byDay(items, ({ startsAt }) => isoDay(new Date(startsAt)))].map(([name, ofDay]) => (
              <section key={name} className={css['day']} aria-labelledby={`day-${name}`}>
                <h2 id={`day-${name}`}>{format.weekday(ofDay[0]?.startsAt ?? 0)}</h2>
                <List label={format.weekday(ofDay[0]?.startsAt ?? 0)}>
                  {ofDay.map((appointment) => (
                    <AppointmentRow key={appointment.id} appointment={appointment} />
                  ))}
                </List>
              </section>
            ))
          )
        }
      </QueryState>
      <LoadMore query={appointments} />
    </>
  );
}

function AppointmentRow({ appointment }: { appointment: Appointment }) {
  const t = useText('appointments');
  const format = useFormat();
  const isDoctor = useHolder()?.role === 'doctor';
  const { id, startsAt, endsAt, doctor, patient, status, roomId } = appointment;
  return (
    <ListItem
      before={<time dateTime={startsAt}>{format.time(startsAt)}</time>}
      title={<Link href={`/appointments/${id}`}>{isDoctor ? patient.fullName : doctor.fullName}</Link>}
      meta={`${t('list.until', { time: format.time(endsAt) })}${roomId === null || status !== 'booked' ? '' : ` · ${t('list.open')}`}`}
      after={<AppointmentStatus status={status} />}
    />
  );
}

/** The calendar day of this device: `2026-11-29`. */
function isoDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function spanOf(view: View, day: string | undefined, now: string) {
  if (view === 'coming') return { from: now, status: 'booked' } as const;
  if (view === 'past') return { to: now, order: 'latest' } as const;
  const from = new Date(`${day ?? isoDay(new Date())}T00:00:00`);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { from: from.toISOString(), to: to.toISOString() } as const;
}
