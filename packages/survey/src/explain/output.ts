import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpy } from '../arrays/index.ts';
import type { NdArray } from '../arrays/index.ts';
import { SurveyError, writeError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { NpyRows } from '../stamps/npy-rows.ts';
import { tableFile } from '../tables/index.ts';
import type { Column, Row, TableSink } from '../tables/index.ts';

/** Folder of the pictures below the output. */
export const pictureFolder = 'pictures';
const tableName = 'explanations.csv';

/** The files of an explanation: pictures as they come, tables at the end, the page last. */
export class ExplanationFolder {
  readonly path: string;
  readonly #table: TableSink;
  readonly #heat: NpyRows | null;

  private constructor(path: string, table: TableSink, heat: NpyRows | null) {
    this.path = path;
    this.#table = table;
    this.#heat = heat;
  }

  /**
   * Makes the folder.
   * @param heatShape of one stamp's heat; null for none
   * @throws SurveyError OUTPUT_EXISTS unless `force` and it holds an explanation; OUTPUT_UNWRITABLE
   */
  static async open(
    path: string,
    columns: readonly Column[],
    heatShape: readonly number[] | null,
    force: boolean,
  ): Promise<ExplanationFolder> {
    const held = existsSync(path) ? await readdir(path).catch(() => ['']) : [];
    if (held.length > 0 && !held.includes(tableName))
      throw new SurveyError(
        'OPTION_INVALID',
        '--out is there already and holds something else; choose another',
        {
          path,
        },
      );
    if (held.length > 0 && !force)
      throw new SurveyError('OUTPUT_EXISTS', 'holds explanations already', { path });
    try {
      // Pictures of an earlier run would be taken for this one's.
      await rm(join(path, pictureFolder), { recursive: true, force: true });
      await mkdir(join(path, pictureFolder), { recursive: true });
    } catch (error) {
      throw writeError(error, path);
    }
    const table = tableFile(join(path, tableName), columns, {});
    return new ExplanationFolder(
      path,
      table,
      heatShape === null ? null : new NpyRows(join(path, 'heat.npy'), heatShape),
    );
  }

  /** Writes a picture. @returns its path below the folder */
  async picture(name: string, png: Uint8Array): Promise<string> {
    const below = `${pictureFolder}/${name}.png`;
    await writeWhole(join(this.path, below), png);
    return below;
  }

  /** Writes an array of its own shape beside the pictures. */
  async array(name: string, array: NdArray): Promise<void> {
    await writeWhole(join(this.path, pictureFolder, `${name}.npy`), encodeNpy(array));
  }

  async row(row: Row): Promise<void> {
    await this.#table.write(row);
  }

  async heat(heat: Float32Array): Promise<void> {
    await this.#heat?.write(heat);
  }

  /** @param page the text of `index.html`; `summary` that of `explanations.json` */
  async close(page: string, summary: unknown): Promise<void> {
    await this.#table.close();
    await this.#heat?.close();
    await writeWhole(join(this.path, 'explanations.json'), `${JSON.stringify(summary, null, 1)}\n`);
    await writeWhole(join(this.path, 'index.html'), page);
  }

  async abort(): Promise<void> {
    await this.#table.abort();
    await this.#heat?.abort();
  }
}
