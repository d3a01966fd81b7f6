import { createReadStream, existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { SurveyError, writeError } from '../errors.ts';
import { ParquetTable } from '../tables/index.ts';
import type { Column, Row } from '../tables/index.ts';

/** A row of an object's array: which frame it is of. */
export interface FrameRow {
  readonly path: string;
  readonly index: number;
  readonly mjd: number | null;
  readonly padded: boolean;
  readonly empty: boolean;
}

export const frameColumns: readonly Column[] = [
  { name: 'oid', type: 'string', description: 'object, and name of its array' },
  { name: 'frame', type: 'int', description: "row of the object's array, from 0" },
  { name: 'path', type: 'string', description: 'file of the frame' },
  { name: 'index', type: 'int', description: 'place of the frame in its file, from 0' },
  {
    name: 'mjd',
    type: 'double',
    unit: 'd',
    description: 'modified Julian date of the observation; null where no header says it',
    ucd: 'time.epoch',
  },
  {
    name: 'padded',
    type: 'boolean',
    description: 'was smaller and stands in its place among missing pixels',
  },
  {
    name: 'empty',
    type: 'boolean',
    description: 'no pixel has a value; its row is that of an image of zeros',
  },
];

/**
 * The frames of each object whose array is done, a line each, so that an interrupted run knows them. Kept beside the arrays, where the
 * table is made of it.
 */
export class FramesJournal {
  readonly #folder: string;
  readonly #path: string;
  readonly #model: string;

  constructor(folder: string, model: string) {
    this.#folder = folder;
    this.#path = join(folder, '.resume', 'frames.jsonl');
    this.#model = model;
  }

  /** Objects that are done. @throws SurveyError RESUME_MISMATCH, OUTPUT_UNWRITABLE */
  async start(): Promise<ReadonlySet<string>> {
    const done = new Set<string>();
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      if (existsSync(this.#path)) {
        const [first] = (await readFile(this.#path, 'utf8')).split('\n', 1);
        if (first !== this.#head()) {
          throw new SurveyError('RESUME_MISMATCH', 'was written with another model', { path: this.#folder });
        }
        for await (const { oid } of this.#objects()) done.add(oid);
        // A line cut off by a crash is ended, and counts as none.
        await appendFile(this.#path, '\n');
      } else await writeFile(this.#path, `${this.#head()}\n`);
    } catch (error) {
      throw writeError(error, this.#folder);
    }
    return done;
  }

  async add(oid: string, rows: readonly FrameRow[]): Promise<void> {
    try {
      await appendFile(this.#path, `${JSON.stringify({ oid, rows })}\n`);
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }

  /** Writes `frames.parquet` of the objects whose array is there. */
  async writeTable(isThere: (oid: string) => boolean): Promise<void> {
    const table = new ParquetTable(join(this.#folder, 'frames.parquet'), frameColumns, {
      model_sha256: this.#model,
    });
    // An object whose array was removed and made again has two lines: the last counts.
    const last = new Map<string, number>();
    let line = 0;
    for await (const { oid } of this.#objects()) last.set(oid, line++);
    line = 0;
    for await (const { oid, rows } of this.#objects()) {
      if (last.get(oid) !== line++ || !isThere(oid)) continue;
      for (const [frame, row] of rows.entries()) await table.write({ oid, frame, ...row } satisfies Row);
    }
    await table.close();
  }

  /** Removes what an earlier run left, its arrays too. */
  async clear(): Promise<void> {
    if (existsSync(this.#path)) {
      for await (const { oid } of this.#objects())
        await rm(join(this.#folder, `${oid}.npy`), { force: true });
      await rm(dirname(this.#path), { recursive: true });
    }
    await rm(join(this.#folder, 'frames.parquet'), { force: true });
  }

  #head(): string {
    return JSON.stringify({ model: this.#model });
  }

  async *#objects(): AsyncGenerator<{ readonly oid: string; readonly rows: readonly FrameRow[] }> {
    for await (const line of createInterface({ input: createReadStream(this.#path) })) {
      const entry = parse(line);
      if (entry !== null) yield entry;
    }
  }
}

function parse(line: string): { oid: string; rows: FrameRow[] } | null {
  try {
    const entry = JSON.parse(line) as { oid?: string; rows?: FrameRow[] };
    return entry.oid === undefined || entry.rows === undefined ? null : { oid: entry.oid, rows: entry.rows };
  } catch {
    return null;
  }
}

/**
 * Files of the frames of some objects by such a table, in the order of the arrays' rows; nothing of objects that are not in it. Read one row
 * group after the other.
 */
export async function readFramePaths(
  path: string,
  oids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const found = new Map<string, string[]>();
  let from = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const to = from + Number(rows);
    const columns = ['oid', 'frame', 'path'];
    const group = await parquetReadObjects({ file, metadata, columns, rowStart: from, rowEnd: to });
    for (const { oid, frame, path: own } of group as { oid: string; frame: number; path: string }[]) {
      if (!oids.has(oid)) continue;
      const paths = found.get(oid) ?? [];
      paths[frame] = own;
      found.set(oid, paths);
    }
    from = to;
  }
  return found;
}
