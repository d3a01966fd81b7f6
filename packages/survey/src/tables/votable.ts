import { XMLBuilder } from 'fast-xml-parser';
import { cellOf } from './column.ts';
import type { Cell, Column, Row, TableSink } from './column.ts';
import { TextFile } from './text-file.ts';

const datatypes: Readonly<Record<Column['type'], Readonly<Record<string, string>>>> = {
  string: { '@datatype': 'unicodeChar', '@arraysize': '*' },
  int: { '@datatype': 'int' },
  double: { '@datatype': 'double' },
  boolean: { '@datatype': 'boolean' },
};

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: false,
});

/** VOTable 1.4 (IVOA), TABLEDATA: null is an empty cell, which since 1.3 means null for every type. */
export class VoTable implements TableSink {
  readonly #file: TextFile;
  readonly #name: string;
  readonly #columns: readonly Column[];
  readonly #metadata: Readonly<Record<string, string>>;
  #started = false;

  constructor(
    path: string,
    name: string,
    columns: readonly Column[],
    metadata: Readonly<Record<string, string>>,
  ) {
    this.#file = new TextFile(path);
    this.#name = name;
    this.#columns = columns;
    this.#metadata = metadata;
  }

  async write(row: Row): Promise<void> {
    await this.#start();
    const cells = this.#columns.map((column) => text(cellOf(row, column)));
    await this.#file.write(`${builder.build({ TR: { TD: cells } })}\n`);
  }

  async close(): Promise<void> {
    await this.#start();
    await this.#file.write('</TABLEDATA></DATA>\n</TABLE></RESOURCE></VOTABLE>\n');
    await this.#file.close();
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const infos = builder.build({
      INFO: Object.entries(this.#metadata).map(([name, value]) => ({ '@name': name, '@value': value })),
    });
    const fields = builder.build({
      FIELD: this.#columns.map(({ name, type, unit, ucd, description }) => ({
        '@name': name,
        '@ID': name,
        ...datatypes[type],
        ...(unit === undefined ? {} : { '@unit': unit }),
        ...(ucd === undefined ? {} : { '@ucd': ucd }),
        DESCRIPTION: description,
      })),
    });
    await this.#file.write(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n' +
        `<RESOURCE type="results">${infos}\n<TABLE name="${this.#name}">\n${fields}\n<DATA><TABLEDATA>\n`,
    );
  }
}

function text(value: Cell): string {
  return value === null ? '' : String(value);
}
