import type { ModelInfo } from '../analyser/types.ts';
import type { ExposureJudgement } from '../exposure-models/index.ts';
import { judgedCells, neighbourText } from '../outputs/judge-exposure.ts';
import { exposureRow } from '../outputs/roll-up.ts';
import type { Row, TableSink } from '../tables/column.ts';
import { catalogColumns, exposureColumns, imageColumns } from '../tables/columns.ts';
import { judgedExposureColumns, judgedImageColumns } from '../tables/judged-columns.ts';
import { TableSet } from '../tables/table-set.ts';
import type { TableFormat } from '../tables/table-set.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { FileRecord, FindingRecord, ImageRecord } from './records.ts';
import { qualityCells } from './roll-up-files.ts';
import type { RolledUpExposure, RolledUpFile } from './roll-up-files.ts';

/** The tables of a scan: `catalog`, `images` and `exposures`, a file or an exposure at a time. */
export class ScanTables {
  readonly #images: TableSink;
  readonly #exposures: TableSink;
  readonly #catalog: TableSink;
  readonly #model: ModelInfo;

  constructor(folder: string, formats: readonly TableFormat[], model: ModelInfo, version: string) {
    const metadata = {
      blemish_version: version,
      model: model.name,
      model_sha256: model.sha256,
      pixel_origin: 'x and y are 0-based: the centre of the first pixel is (0, 0)',
    };
    const table = (name: string, columns: typeof catalogColumns): TableSet =>
      new TableSet(folder, name, columns, formats, metadata);
    const categories = model.exposures?.categories;
    this.#images = table('images', categories ? judgedImageColumns(categories) : imageColumns);
    this.#exposures = table('exposures', categories ? judgedExposureColumns(categories) : exposureColumns);
    this.#catalog = table('catalog', catalogColumns);
    this.#model = model;
  }

  /** @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  async addFile({ file, images }: RolledUpFile): Promise<void> {
    for (const { image, ids } of images) {
      await this.#images.write(imageRow(file, image));
      for (const [i, finding] of image.findings.entries()) {
        await this.#catalog.write(catalogRow(file, image, finding, ids[i], this.#model));
      }
    }
  }

  async addExposure(
    { name, images, events }: RolledUpExposure,
    judged: ExposureJudgement | null,
  ): Promise<void> {
    if (images.length === 0) return;
    const row = exposureRow(name, images, events);
    const rules = this.#model.exposures;
    await this.#exposures.write(rules ? { ...row, ...judgedCells(judged, rules) } : row);
  }

  /** Gives them their names. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE; then no table stands under its name that is not whole */
  async close(): Promise<void> {
    for (const table of [this.#images, this.#exposures, this.#catalog]) await table.close();
  }

  async abort(): Promise<void> {
    await Promise.all([this.#images, this.#exposures, this.#catalog].map((table) => table.abort()));
  }
}

function imageRow(file: FileRecord, image: ImageRecord): Row {
  const row: Record<string, Row[string]> = {
    path: file.path,
    hdu: image.hdu,
    exposure: image.exposure,
    ccd: image.ccd,
    band: image.band,
    mjd: image.mjd,
    [image.judgement ? 'bad_probability' : 'artifact_probability']: image.probability,
    flagged: image.flagged,
    action: image.action,
    masked_fraction: image.maskedFraction,
    ...qualityCells(image),
    reason: image.reason,
  };
  for (const [name, probability] of Object.entries(image.classes)) row[probabilityColumn(name)] = probability;
  if (image.judgement) {
    const { novelty, noveltyShare, neighbours } = image.judgement;
    Object.assign(row, { novelty, novelty_share: noveltyShare, neighbours: neighbourText(neighbours) });
  }
  return row;
}

function catalogRow(
  file: FileRecord,
  image: ImageRecord,
  finding: FindingRecord,
  eventId: string,
  model: ModelInfo,
): Row {
  return {
    event_id: eventId,
    path: file.path,
    hdu: image.hdu,
    exposure: image.exposure,
    ccd: image.ccd,
    band: image.band,
    mjd: image.mjd,
    class: finding.className,
    probability: finding.probability,
    threshold: finding.threshold,
    flagged: finding.flagged,
    x: finding.x,
    y: finding.y,
    ra: finding.ra,
    dec: finding.dec,
    area: finding.area,
    model: model.name,
    model_sha256: model.sha256,
  };
}
