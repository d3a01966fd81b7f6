import { cellOf } from './column.ts';
import type { Cell, Column, Row, TableSink } from './column.ts';
import { TextFile } from './text-file.ts';

/** RFC 4180: commas, quotes where needed, a header line; null is an empty field, booleans are `true` and `false`. */
export class CsvTable implements TableSink {
  readonly #file: TextFile;
  readonly #columns: readonly Column[];
  #started = false;

  constructor(path: string, columns: readonly Column[]) {
    this.#file = new TextFile(path);
    this.#columns = columns;
  }

  async write(row: Row): Promise<void> {
    await this.#start();
    await this.#file.write(csvRow(this.#columns, row));
  }

  async close(): Promise<void> {
    await this.#start();
    await this.#file.close();
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    await this.#file.write(csvHeader(this.#columns));
  }
}

export function csvHeader(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => name).join(',')}\n`;
}

export function csvRow(columns: readonly Column[], row: Row): string {
  return `${columns.map((column) => field(cellOf(row, column))).join(',')}\n`;
}

function field(value: Cell): string {
  return value === null ? '' : quoteField(String(value));
}

/** Quotes a field that holds a comma, a quote, a line break or blanks at an end. */
export function quoteField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
