import type { Slot } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Row } from '#ui/layout.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { api } from './api.ts';
import { byDay } from './by-day.ts';
import css from './free-slots.module.css';

const spanMs = 28 * 86_400_000;

/** In which zone this device is: all times of the portal are in it. */
export const ownTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

type FreeSlotsProps = {
  doctorId: string;
  /** What is chosen already, if it is to be seen. */
  picked?: string | undefined;
  onPick: (startsAt: string) => void;
};

/**
 * The free slots of a doctor: first a day, then a time of it, in the zone of who looks. Four weeks at a time. Its texts are those of
 * `appointments`.
 */
export function FreeSlots({ doctorId, picked, onPick }: FreeSlotsProps) {
  const t = useText('appointments');
  const format = useFormat();
  const [fromMs, setFromMs] = useState<number>();
  const [day, setDay] = useState<string>();
  const slots = useQuery({
    queryKey: ['slots', doctorId, fromMs ?? 'now'],
    queryFn: ({ signal }) => {
      const from = fromMs ?? Date.now();
      const [first, last] = [from, from + spanMs].map((ms) => new Date(ms).toISOString());
      return api.listSlots({ id: doctorId, from: first, to: last, timeZone: ownTimeZone }, { signal });
    },
    refetchOnWindowFocus: 'always',
  });
  const shift = (by: number) => {
    const next = (fromMs ?? Date.now()) + by;
    setFromMs(next <= Date.now() ? undefined : next);
    setDay(undefined);
  };
  return (
    <div className={css['slots']}>
      <p className={css['zone']}>{t('slots.zone', { zone: ownTimeZone.replaceAll('_', ' ') })}</p>
      <QueryState query={slots}>
        {({ items, doctorTimeZone }) =>
          doctorTimeZone === null ? (
            <p>{t('slots.noHours')}</p>
          ) : items.length === 0 ? (
            <p>{t('slots.none', { from: format.date(fromMs ?? Date.now()) })}</p>
          ) : (
            <Days items={items} day={day} picked={picked} onDay={setDay} onPick={onPick} />
          )
        }
      </QueryState>
      {slots.data?.doctorTimeZone != null && (
        <Row apart>
          <Button size="small" variant="quiet" disabled={fromMs === undefined} onClick={() => shift(-spanMs)}>
            {t('slots.earlier')}
          </Button>
          <Button size="small" variant="quiet" onClick={() => shift(spanMs)}>
            {t('slots.later')}
          </Button>
        </Row>
      )}
    </div>
  );
}

type DaysProps = {
  items: readonly Slot[];
  day: string | undefined;
  picked: string | undefined;
  onDay: (day: string) => void;
  onPick: (startsAt: string) => void;
};

function Days({ items, day, picked, onDay, onPick }: DaysProps) {
  const t = useText('appointments');
  const format = useFormat();
  const days = byDay(items, ({ local }) => local.slice(0, 10));
  const [first = ''] = days.keys();
  const pickedDay = items.find(({ startsAt }) => startsAt === picked)?.local.slice(0, 10);
  const shown = [day, pickedDay].find((wanted) => wanted !== undefined && days.has(wanted)) ?? first;
  const times = days.get(shown) ?? [];
  return (
    <>
      <fieldset className={css['days']}>
        <legend>{t('slots.day')}</legend>
        <div>
          {[...days].map(([name, ofDay]) => (
            <Button
              key={name}
              size="small"
              variant={name === shown ? 'primary' : 'secondary'}
              aria-pressed={name === shown}
              onClick={() => onDay(name)}
            >
              <span className={css['day']}>
                {format.shortDay(ofDay[0]?.startsAt ?? 0)}
                <small>{t('slots.count', { count: ofDay.length })}</small>
              </span>
            </Button>
          ))}
        </div>
      </fieldset>
      <fieldset className={css['times']}>
        <legend>{t('slots.time', { day: format.weekday(times[0]?.startsAt ?? 0) })}</legend>
        <div>
          {times.map(({ startsAt, local }) => (
            <Button
              key={startsAt}
              size="small"
              aria-pressed={picked === undefined ? undefined : startsAt === picked}
              variant={startsAt === picked ? 'primary' : 'secondary'}
              onClick={() => onPick(startsAt)}
            >
              {/* Where an hour comes twice, its two halves differ in nothing but the offset. */}
              <time dateTime={local}>{format.time(startsAt)}</time>
            </Button>
          ))}
        </div>
      </fieldset>
    </>
  );
}
