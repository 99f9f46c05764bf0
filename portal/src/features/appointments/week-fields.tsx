import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from '#ui/button.tsx';
import { TextField } from '#ui/field.tsx';
import css from './appointments.module.css';

const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Hours of a weekday while they are edited; the times themselves are in the fields. */
export type WindowRow = { key: number; weekday: number; from: string; to: string };

/** The week, a day at a time: any number of hours a day, each with a way to take it away. All of it by keyboard. */
export function WeekFields({ rows, onChange }: { rows: WindowRow[]; onChange: (rows: WindowRow[]) => void }) {
  const t = useText('appointments');
  const format = useFormat();
  const add = (weekday: number, isFirst: boolean) => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
    onChange([
      ...rows,
      { key, weekday, ...(isFirst ? { from: '09:00', to: '12:00' } : { from: '14:00', to: '17:00' }) },
    ]);
  };
  return (
    <div className={css['week']}>
      {weekdays.map((weekday) => {
        const day = format.dayOfWeek(weekday);
        const ofDay = rows.filter((row) => row.weekday === weekday);
        return (
          <fieldset key={weekday} className={css['weekday']}>
            <legend>{day}</legend>
            {ofDay.length === 0 && <p>{t('hours.closed')}</p>}
            {ofDay.map((row) => (
              <WindowFields
                key={row.key}
                row={row}
                index={rows.indexOf(row)}
                day={day}
                onRemove={() => onChange(rows.filter((other) => other !== row))}
              />
            ))}
            <div>
              <Button size="small" icon="plus" onClick={() => add(weekday, ofDay.length === 0)}>
                {t('hours.add', { day })}
              </Button>
            </div>
          </fieldset>
        );
      })}
    </div>
  );
}

type WindowFieldsProps = { row: WindowRow; index: number; day: string; onRemove: () => void };

function WindowFields({ row: { from, to }, index, day, onRemove }: WindowFieldsProps) {
  const t = useText('appointments');
  return (
    <div className={css['window']}>
      <TextField type="time" name={`weekly.${index}.from`} label={t('hours.from')} defaultValue={from} required />
      <TextField
        type="time"
        name={`weekly.${index}.to`}
        label={t('hours.to')}
        defaultValue={to === '24:00' ? '00:00' : to}
        required
      />
      <IconButton icon="trash" label={t('hours.remove', { day })} onClick={onRemove} />
    </div>
  );
}
