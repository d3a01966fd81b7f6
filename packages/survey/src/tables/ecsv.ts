import { cellOf } from './column.ts';
import type { Cell, Column, Row, TableSink } from './column.ts';
import { quoteField } from './csv.ts';
import { TextFile } from './text-file.ts';

const datatypes: Readonly<Record<Column['type'], string>> = {
  string: 'string',
  int: 'int32',
  double: 'float64',
  boolean: 'bool',
};

/** Enhanced CSV 1.0 (Astropy Proposal for Enhancement 6): types, units and descriptions in a YAML header; null is an empty field. */
export class EcsvTable implements TableSink {
  readonly #file: TextFile;
  readonly #columns: readonly Column[];
  readonly #metadata: Readonly<Record<string, string>>;
  #started = false;

  constructor(path: string, columns: readonly Column[], metadata: Readonly<Record<string, string>>) {
    this.#file = new TextFile(path);
    this.#columns = columns;
    this.#metadata = metadata;
  }

  async write(row: Row): Promise<void> {
    await this.#start();
    await this.#file.write(`${this.#columns.map((column) => field(cellOf(row, column))).join(',')}\n`);
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
    // JSON strings are YAML strings: no text can break out of its place.
    const lines = [
      '%ECSV 1.0',
      '---',
      "delimiter: ','",
      'datatype:',
      ...this.#columns.map(({ name, type, unit, description }) => {
        const parts = [`name: ${JSON.stringify(name)}`, `datatype: ${datatypes[type]}`];
        if (unit !== undefined) parts.push(`unit: ${JSON.stringify(unit)}`);
        parts.push(`description: ${JSON.stringify(description)}`);
        return `- {${parts.join(', ')}}`;
      }),
      'meta:',
      ...Object.entries(this.#metadata).map(
        ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
      ),
      'schema: astropy-2.0',
    ];
    await this.#file.write(lines.map((line) => `# ${line}\n`).join(''));
    await this.#file.write(`${this.#columns.map(({ name }) => name).join(',')}\n`);
  }
}

function field(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return quoteField(String(value));
}
