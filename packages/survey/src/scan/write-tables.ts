import type { ModelInfo } from '../analyser/types.ts';
import { eventIds } from '../outputs/events.ts';
import type { EventFinding } from '../outputs/events.ts';
import { exposureRow } from '../outputs/roll-up.ts';
import type { RollUpImage } from '../outputs/roll-up.ts';
import type { Row, TableSink } from '../tables/column.ts';
import { catalogColumns, exposureColumns, imageColumns } from '../tables/columns.ts';
import { TableSet } from '../tables/table-set.ts';
import type { TableFormat } from '../tables/table-set.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { FileRecord, FindingRecord, ImageRecord } from './records.ts';

/** Event ids by file, then in the order of its images and their findings. */
export type EventIndex = ReadonlyMap<string, readonly string[]>;

interface Exposure {
  readonly images: RollUpImage[];
  readonly findings: EventFinding[];
  /** Which of `findings` are flagged. */
  readonly flagged: boolean[];
  /** Where each finding's id goes. */
  readonly slots: { readonly ids: string[]; readonly at: number }[];
}

/**
 * Writes `catalog`, `images` and `exposures` from the records of a scan, in their order: the same records give the same bytes, however
 * the work was shared out or interrupted. Records are walked twice, one in memory at a time; of each image a few numbers are kept.
 * @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE; then no table stands under its name that is not whole
 */
export async function writeTables(
  folder: string,
  formats: readonly TableFormat[],
  model: ModelInfo,
  version: string,
  records: () => AsyncIterable<FileRecord>,
): Promise<EventIndex> {
  const exposures = new Map<string, Exposure>();
  const index = new Map<string, string[]>();
  const metadata = {
    blemish_version: version,
    model: model.name,
    model_sha256: model.sha256,
    pixel_origin: 'x and y are 0-based: the centre of the first pixel is (0, 0)',
  };
  const table = (name: string, columns: typeof catalogColumns): TableSet =>
    new TableSet(folder, name, columns, formats, metadata);

  await withTable(table('images', imageColumns), async (images) => {
    for await (const file of records()) {
      const ids: string[] = [];
      index.set(file.path, ids);
      for (const image of file.images) {
        await images.write(imageRow(file, image));
        collect(exposures, image, ids);
      }
    }
  });

  await withTable(table('exposures', exposureColumns), async (sink) => {
    for (const [name, { images, findings, flagged, slots }] of exposures) {
      const ids = eventIds(name, findings);
      slots.forEach(({ ids: target, at }, i) => (target[at] = ids[i]!));
      const events = new Set(ids.filter((_, i) => flagged[i])).size;
      await sink.write(exposureRow(name, images, events));
    }
  });

  await withTable(table('catalog', catalogColumns), async (catalog) => {
    for await (const file of records()) {
      const ids = index.get(file.path)!;
      let at = 0;
      for (const image of file.images) {
        for (const finding of image.findings) {
          await catalog.write(catalogRow(file, image, finding, ids[at++], model));
        }
      }
    }
  });
  return index;
}

async function withTable(table: TableSink, fill: (table: TableSink) => Promise<void>): Promise<void> {
  try {
    await fill(table);
    await table.close();
  } catch (error) {
    await table.abort();
    throw error;
  }
}

function collect(exposures: Map<string, Exposure>, image: ImageRecord, ids: string[]): void {
  let exposure = exposures.get(image.exposure);
  if (!exposure) {
    exposure = { images: [], findings: [], flagged: [], slots: [] };
    exposures.set(image.exposure, exposure);
  }
  let worst: FindingRecord | null = null;
  for (const finding of image.findings) {
    const { className, ra, dec, ends, lengthArcsec, widthArcsec } = finding;
    exposure.findings.push({ className, ra, dec, ends, lengthArcsec, widthArcsec });
    exposure.flagged.push(finding.flagged);
    exposure.slots.push({ ids, at: ids.length });
    ids.push('');
    if (finding.flagged && finding.probability > (worst?.probability ?? -1)) worst = finding;
  }
  exposure.images.push({
    ccd: image.ccd,
    band: image.band,
    mjd: image.mjd,
    probability: image.probability,
    flagged: image.flagged,
    action: image.action,
    maskedFraction: image.maskedFraction,
    quality: qualityCells(image),
    worstClass: worst === null ? null : { name: worst.className, probability: worst.probability },
  });
}

function qualityCells({ quality }: ImageRecord): Record<string, number | null> {
  return {
    fwhm: quality.fwhm,
    ellipticity: quality.ellipticity,
    sky: quality.sky,
    rms: quality.rms,
    zero_point: quality.zeroPoint,
    transparency: quality.transparency,
    depth_factor: quality.depthFactor,
    n_stars: quality.nStars,
  };
}

function imageRow(file: FileRecord, image: ImageRecord): Row {
  const row: Record<string, Row[string]> = {
    path: file.path,
    hdu: image.hdu,
    exposure: image.exposure,
    ccd: image.ccd,
    band: image.band,
    mjd: image.mjd,
    artifact_probability: image.probability,
    flagged: image.flagged,
    action: image.action,
    masked_fraction: image.maskedFraction,
    ...qualityCells(image),
    reason: image.reason,
  };
  for (const [name, probability] of Object.entries(image.classes)) row[probabilityColumn(name)] = probability;
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
