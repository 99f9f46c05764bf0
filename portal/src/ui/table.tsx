import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import css from './table.module.css';

export type Column<Row> = {
  /** Stands above the column, and before each value where a phone shows rows as cards. */
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and times. */
  numeric?: boolean;
};

type TableProps<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
};

/** Many of a kind, to be compared. The first column names the row; below 44 rem each row is a card. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div className={css['frame']}>
      <table className={css['table']}>
        <caption className={css['caption']}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head, numeric }) => (
              <th key={head} scope="col" className={cx(numeric && css['numeric'])}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ head, cell, numeric }, at) =>
                at === 0 ? (
                  <th key={head} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={head} data-head={head} className={cx(numeric && css['numeric'])}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
