import type { Reply } from '@openward/client';
import type { ReportName } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button, buttonClass } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { TextField } from '#ui/field.tsx';
import { FilterBar } from '#ui/filter-bar.tsx';
import { Icon } from '#ui/icon.tsx';
import { Soft } from '#ui/layout.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { type Column, Table } from '#ui/table.tsx';
import { beginningOf } from './log-query.ts';
import { useSearchFilters, useSettled } from './use-search-filters.ts';

type Reports = Reply<'getReports'>;
/** So many rows are looked at; the rest is for who wants it, or in the file. */
const shownAtFirst = 20;

type Span = { from?: string | undefined; to?: string | undefined };

/** What happened in a span of time, each with the way to take it along. Without a span: the last thirty days. */
export function ReportsSection() {
  const t = useText('figures');
  const [days, setDays] = useSearchFilters(['from', 'to']);
  const span = useSettled<Span>({ from: beginningOf(days.from, 0), to: beginningOf(days.to, 1) });
  const reports = useQuery({
    queryKey: ['admin', 'reports', span],
    queryFn: ({ signal }) => api.getReports(span, { signal }),
  });
  return (
    <>
      <h2>{t('reports.title')}</h2>
      <FilterBar
        label={t('reports.title')}
        onInput={({ target }) => {
          if (target instanceof HTMLInputElement) setDays({ ...days, [target.name]: target.value });
        }}
      >
        <Soft>{t('reports.note')}</Soft>
        <TextField name="from" type="date" label={t('reports.from')} defaultValue={days.from} required={false} />
        <TextField name="to" type="date" label={t('reports.to')} defaultValue={days.to} required={false} />
      </FilterBar>
      <QueryState query={reports}>{(reports) => <Tables reports={reports} span={span} />}</QueryState>
    </>
  );
}

function Tables({ reports: { waiting, acceptance, ratings, load }, span }: { reports: Reports; span: Span }) {
  const t = useText('admin');
  const figures = useText('figures');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  const few = figures('reports.few');
  const amount = (value: number | null, style?: Intl.NumberFormatOptions) =>
    value === null ? few : format.number(value, style);
  const minutes = (seconds: number | null) =>
    amount(seconds === null ? null : Math.round(seconds / 60), { style: 'unit', unit: 'minute' });
  const specialty = (code: string | null) =>
    code === null ? figures('reports.all') : specialtyName({ code, name: code });
  const percent = { style: 'percent', maximumFractionDigits: 0 } as const;
  return (
    <>
      <Report
        name="waiting"
        span={span}
        rows={waiting}
        keyOf={(row) => `${row.specialty} ${row.urgency}`}
        columns={[
          { head: t('users.specialty'), cell: (row) => specialty(row.specialty) },
          {
            head: figures('reports.urgency'),
            cell: ({ urgency }) => (urgency === null ? figures('reports.all') : t(`urgency.${urgency}`)),
          },
          { head: figures('reports.requests'), cell: ({ requests }) => amount(requests), numeric: true },
          { head: figures('reports.p50'), cell: ({ p50S }) => minutes(p50S), numeric: true },
          { head: figures('reports.p90'), cell: ({ p90S }) => minutes(p90S), numeric: true },
        ]}
      />
      <Report
        name="acceptance"
        span={span}
        rows={acceptance}
        keyOf={(row) => String(row.specialty)}
        columns={[
          { head: t('users.specialty'), cell: (row) => specialty(row.specialty) },
          { head: figures('reports.submitted'), cell: ({ submitted }) => amount(submitted), numeric: true },
          { head: figures('reports.taken'), cell: ({ taken }) => amount(taken), numeric: true },
          { head: figures('reports.declined'), cell: ({ declined }) => amount(declined), numeric: true },
          { head: figures('reports.waits'), cell: ({ waiting }) => amount(waiting), numeric: true },
          { head: figures('reports.rate'), cell: ({ rate }) => amount(rate, percent), numeric: true },
        ]}
      />
      <Report
        name="ratings"
        span={span}
        rows={ratings}
        keyOf={(row) => String(row.specialty)}
        columns={[
          { head: t('users.specialty'), cell: (row) => specialty(row.specialty) },
          { head: figures('reports.ratings'), cell: ({ ratings }) => amount(ratings), numeric: true },
          { head: figures('reports.average'), cell: ({ average }) => amount(average), numeric: true },
        ]}
      />
      <Report
        name="load"
        span={span}
        rows={load}
        keyOf={({ doctorId }) => doctorId}
        columns={[
          {
            head: figures('reports.doctor'),
            cell: ({ doctorId, fullName }) => <Link href={`/admin/users/${doctorId}`}>{fullName}</Link>,
          },
          { head: t('users.specialty'), cell: (row) => specialty(row.specialty) },
          { head: figures('reports.taken'), cell: ({ taken }) => amount(taken), numeric: true },
          { head: figures('reports.isOpen'), cell: ({ open }) => amount(open), numeric: true },
          { head: figures('reports.closed'), cell: ({ closed }) => amount(closed), numeric: true },
          { head: figures('reports.average'), cell: ({ average }) => amount(average), numeric: true },
        ]}
      />
    </>
  );
}

type ReportProps<Row> = {
  name: ReportName;
  span: Span;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
};

function Report<Row>({ name, span, rows, columns, keyOf }: ReportProps<Row>) {
  const t = useText('figures');
  const title = t(`reports.${name}`);
  const [isWhole, setWhole] = useState(false);
  const query = new URLSearchParams({ report: name });
  for (const key of ['from', 'to'] as const) if (span[key] !== undefined) query.set(key, span[key]);
  return (
    <Card
      title={title}
      actions={
        <a
          className={buttonClass({ size: 'small' })}
          href={`/api/v1/admin/stats.csv?${query}`}
          download
          aria-label={t('reports.csvOf', { report: title })}
        >
          <Icon name="download" /> {t('reports.csv')}
        </a>
      }
    >
      {rows.length === 0 ? (
        <p>{t('reports.none')}</p>
      ) : (
        <Table caption={title} columns={columns} rows={isWhole ? rows : rows.slice(0, shownAtFirst)} keyOf={keyOf} />
      )}
      {rows.length > shownAtFirst && !isWhole && (
        <Button wide onClick={() => setWhole(true)}>
          {t('reports.whole', { count: rows.length })}
        </Button>
      )}
    </Card>
  );
}
