import { basename, extname, join } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { Column, Row, TableSink } from './column.ts';
import { CsvTable } from './csv.ts';
import { EcsvTable } from './ecsv.ts';
import { ParquetTable } from './parquet.ts';
import { VoTable } from './votable.ts';

/** Formats beside Parquet, which is always written. */
export const tableFormats = ['csv', 'ecsv', 'xml'] as const;

export type TableFormat = (typeof tableFormats)[number];

/**
 * One table in the format that its file name ends in: .parquet, .csv, .ecsv or .xml (VOTable).
 * @throws SurveyError OPTION_INVALID for another ending
 */
export function tableFile(
  path: string,
  columns: readonly Column[],
  metadata: Readonly<Record<string, string>>,
): TableSink {
  switch (extname(path).toLowerCase()) {
    case '.parquet':
      return new ParquetTable(path, columns, metadata);
    case '.csv':
      return new CsvTable(path, columns);
    case '.ecsv':
      return new EcsvTable(path, columns, metadata);
    case '.xml':
      return new VoTable(path, basename(path, extname(path)), columns, metadata);
    default:
      throw new SurveyError('OPTION_INVALID', 'a table must end in .csv, .parquet, .ecsv or .xml', { path });
  }
}

/** One table in Parquet and in every format asked for: `<folder>/<name>.parquet`, `.csv`, `.ecsv`, `.xml`. */
export class TableSet implements TableSink {
  readonly #sinks: readonly TableSink[];

  constructor(
    folder: string,
    name: string,
    columns: readonly Column[],
    formats: readonly TableFormat[],
    metadata: Readonly<Record<string, string>>,
  ) {
    const path = (extension: string): string => join(folder, `${name}.${extension}`);
    this.#sinks = [
      new ParquetTable(path('parquet'), columns, metadata),
      ...formats.map((format): TableSink => {
        switch (format) {
          case 'csv':
            return new CsvTable(path(format), columns);
          case 'ecsv':
            return new EcsvTable(path(format), columns, metadata);
          case 'xml':
            return new VoTable(path(format), name, columns, metadata);
        }
      }),
    ];
  }

  async write(row: Row): Promise<void> {
    for (const sink of this.#sinks) await sink.write(row);
  }

  async close(): Promise<void> {
    for (const sink of this.#sinks) await sink.close();
  }

  async abort(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.abort()));
  }
}
