/** A plain table, for lists that are read at a glance. */
import type { ReactNode } from 'react';
import css from './table.module.css';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  /** Numbers stand at the end of their column. */
  readonly isNumber?: boolean;
  /** Left out on a phone. */
  readonly isExtra?: boolean;
}

interface TableProps<T> {
  readonly caption: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
}

const classOf = ({ isNumber = false, isExtra = false }: Column<never>): string =>
  `${isNumber ? css['number'] : ''} ${isExtra ? css['extra'] : ''}`;

export function Table<T>({ caption, rows, columns, keyOf }: TableProps<T>) {
  return (
    <table className={css['table']}>
      <caption className={css['caption']}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={classOf(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.name} className={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
