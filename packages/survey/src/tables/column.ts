/** A cell; null where a figure could not be measured. NaN and infinities are written as null. */
export type Cell = string | number | boolean | null;

export type Row = Readonly<Record<string, Cell>>;

/** One column of a table: every format derives its schema, units and descriptions from this record. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'int' | 'double' | 'boolean';
  readonly description: string;
  /** As in VOUnit, e.g. `deg`. */
  readonly unit?: string | undefined;
  /** IVOA UCD1+, for VOTable. */
  readonly ucd?: string | undefined;
}

/** Something rows are written to. Nothing stands under the final name before `close`. */
export interface TableSink {
  write(row: Row): Promise<void>;
  close(): Promise<void>;
  /** Removes what was written so far. */
  abort(): Promise<void>;
}

/** The cell of a row, with what no format can hold turned into null. */
export function cellOf(row: Row, column: Column): Cell {
  const value = row[column.name];
  if (value === undefined) return null;
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
