import { useState } from 'react';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Table } from '#ui/table.tsx';
import css from './bar-chart.module.css';

export type Bar = {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly tone?: 'brand' | 'good' | 'warning' | 'danger' | 'neutral' | 'info';
};

type BarChartProps = { title: string; head: string; bars: readonly Bar[] };

/** How much of what. Each bar has its number beside it; the same numbers stand in a table for who prefers one. */
export function BarChart({ title, head, bars }: BarChartProps) {
  const t = useText('figures');
  const format = useFormat();
  const [asTable, setAsTable] = useState(false);
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const share = (value: number) =>
    format.number(total === 0 ? 0 : value / total, { style: 'percent', maximumFractionDigits: 0 });
  return (
    <Card
      title={title}
      actions={
        <Button size="small" variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t('table')}
        </Button>
      }
    >
      {asTable ? (
        <Table
          caption={title}
          columns={[
            { head, cell: ({ label }: Bar) => label },
            { head: t('count'), cell: ({ value }: Bar) => format.number(value), numeric: true },
            { head: t('share'), cell: ({ value }: Bar) => share(value), numeric: true },
          ]}
          rows={bars}
          keyOf={({ key }) => key}
        />
      ) : (
        <ul className={css['bars']} aria-label={title}>
          {bars.map(({ key, label, value, tone = 'brand' }) => (
            <li key={key}>
              <span>{label}</span>
              <span className={css['value']}>
                {format.number(value)} <small>{share(value)}</small>
              </span>
              <svg className={css[tone]} width="100%" height="10" aria-hidden="true" focusable="false">
                <rect className={css['ground']} width="100%" height="10" rx="5" />
                {value > 0 && (
                  <rect className={css['bar']} width={`${Math.max(1.5, (value / most) * 100)}%`} height="10" rx="5" />
                )}
              </svg>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
