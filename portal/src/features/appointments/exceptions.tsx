import type { Appointment, HourException } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { ChoiceField, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './appointments.module.css';

type Tell = (appointments: Appointment[]) => void;

/** Days off and extra hours. */
export function Exceptions({ onConflicts }: { onConflicts: Tell }) {
  const t = useText('appointments');
  const exceptions = useQuery({
    queryKey: ['hours', 'exceptions'],
    queryFn: ({ signal }) => api.listHourExceptions({}, { signal }),
  });
  return (
    <Card title={t('exceptions.title')}>
      <QueryState query={exceptions}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t('exceptions.none')}</p>
          ) : (
            <List label={t('exceptions.title')}>
              {items.map((exception) => (
                <ExceptionRow key={exception.id} exception={exception} onConflicts={onConflicts} />
              ))}
            </List>
          )
        }
      </QueryState>
      <AddException onConflicts={onConflicts} />
    </Card>
  );
}

function ExceptionRow({ exception, onConflicts }: { exception: HourException; onConflicts: Tell }) {
  const t = useText('appointments');
  const format = useFormat();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const { id, kind, fromDay, toDay, from, to } = exception;
  const days = fromDay === toDay ? format.day(fromDay) : `${format.day(fromDay)} – ${format.day(toDay)}`;
  const remove = async () => {
    try {
      const { conflicts } = await api.removeHourException({ id });
      onConflicts(conflicts);
      await queries.invalidateQueries({ queryKey: ['hours', 'exceptions'] });
    } catch (error) {
      toast(problemText.of(error), 'danger');
    }
  };
  return (
    <ListItem
      title={days}
      meta={`${t(`exceptions.${kind}`)} · ${from === '00:00' && to === '24:00' ? t('exceptions.allDay') : `${from} – ${to}`}`}
      after={<IconButton icon="trash" label={t('exceptions.remove', { days })} onClick={() => void remove()} />}
    />
  );
}

function AddException({ onConflicts }: { onConflicts: Tell }) {
  const t = useText('appointments');
  const queries = useQueryClient();
  const [kind, setKind] = useState<HourException['kind']>('off');
  /** Each time that one is added the form begins anew. */
  const [round, setRound] = useState(0);

  async function add(values: FormValues): Promise<void> {
    const optional = (name: 'toDay' | 'from' | 'to') => {
      const value = values.optional(name);
      return value === undefined ? {} : { [name]: name === 'to' && value === '00:00' ? '24:00' : value };
    };
    const { conflicts } = await api.addHourException({
      ...{ kind, fromDay: values.text('fromDay') },
      ...{ ...optional('toDay'), ...optional('from'), ...optional('to') },
    });
    onConflicts(conflicts);
    await queries.invalidateQueries({ queryKey: ['hours', 'exceptions'] });
    toast(t('exceptions.added'));
    setRound(round + 1);
  }

  return (
    <Form
      key={round}
      label={t('exceptions.add')}
      onSubmit={add}
      actions={({ busy }) => (
        <Button type="submit" busy={busy} icon="plus">
          {t('exceptions.add')}
        </Button>
      )}
    >
      <ChoiceField
        name="kind"
        label={t('exceptions.kind')}
        defaultValue={kind}
        onChange={(value) => setKind(value as HourException['kind'])}
        options={(['off', 'extra'] as const).map((value) => ({ value, label: t(`exceptions.${value}`) }))}
      />
      <div className={css['settings']}>
        <TextField type="date" name="fromDay" label={t('exceptions.fromDay')} required />
        <TextField type="date" name="toDay" label={t('exceptions.toDay')} />
        <TextField type="time" name="from" label={t('hours.from')} required={kind === 'extra'} />
        <TextField type="time" name="to" label={t('hours.to')} required={kind === 'extra'} />
      </div>
    </Form>
  );
}
