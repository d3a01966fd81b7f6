import { rm, rename } from 'node:fs/promises';
import { ParquetWriter, fileWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { BasicType, ColumnSource, Writer } from 'hyparquet-writer';
import { writeError } from '../errors.ts';
import { cellOf } from './column.ts';
import type { Cell, Column, Row, TableSink } from './column.ts';

const types: Readonly<Record<Column['type'], BasicType>> = {
  string: 'STRING',
  int: 'INT32',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** Rows held before a row group is written. */
const groupRows = 20_000;

/** A Parquet file written group by group; `metadata` goes into the footer. */
export class ParquetTable implements TableSink {
  readonly #path: string;
  readonly #partial: string;
  readonly #columns: readonly Column[];
  readonly #metadata: Readonly<Record<string, string>>;
  #writer: ParquetWriter | null = null;
  #file: Writer | null = null;
  #rows: Row[] = [];

  constructor(path: string, columns: readonly Column[], metadata: Readonly<Record<string, string>>) {
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#columns = columns;
    this.#metadata = metadata;
  }

  async write(row: Row): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= groupRows) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    try {
      await this.#open().finish();
      await rename(this.#partial, this.#path);
    } catch (error) {
      await this.abort();
      throw writeError(error, this.#path);
    }
  }

  async abort(): Promise<void> {
    await rm(this.#partial, { force: true });
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    try {
      const writer = this.#open();
      if (rows.length === 0) return;
      await writer.write({ columnData: columnData(this.#columns, rows), rowGroupSize: groupRows });
    } catch (error) {
      await this.abort();
      throw writeError(error, this.#path);
    }
  }

  #open(): ParquetWriter {
    if (this.#writer) return this.#writer;
    this.#file = fileWriter(this.#partial);
    this.#writer = new ParquetWriter({
      writer: this.#file,
      schema: schemaFromColumnData({ columnData: columnData(this.#columns, []) }),
      createdBy: 'blemish',
      kvMetadata: Object.entries({
        ...this.#metadata,
        columns: JSON.stringify(
          this.#columns.map(({ name, unit, description }) => ({ name, unit, description })),
        ),
      }).map(([key, value]) => ({ key, value })),
    });
    return this.#writer;
  }
}

function columnData(columns: readonly Column[], rows: readonly Row[]): ColumnSource[] {
  return columns.map((column) => ({
    name: column.name,
    type: types[column.type],
    data: rows.map((row): Cell => cellOf(row, column)),
  }));
}
