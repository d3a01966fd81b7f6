import { join } from 'node:path';
import type { ModelInfo } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderScanReport } from '../report/index.ts';
import type { ScanReportData } from '../report/index.ts';
import { blemishCcd } from '../taxonomy.ts';
import { workFolder } from './journal.ts';
import { loadPreview } from './previews.ts';
import { shownFailures } from './report-collector.ts';
import type { ReportCollector } from './report-collector.ts';
import type { Picture } from './top-pictures.ts';

/** What the report needs beside the records. */
export type ReportFrame = Omit<
  ScanReportData,
  'classes' | 'model' | 'threshold' | 'images' | 'failures' | 'exposures' | 'counts' | 'judged'
>;

/** Writes `report.html`. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
export async function writeReport(
  out: string,
  frame: ReportFrame,
  model: ModelInfo,
  failures: readonly Failure[],
  collected: ReportCollector,
  pictures: readonly Picture[],
): Promise<void> {
  const names = new Map(pictures.map(({ path, hdu, outputName }) => [`${path}[${hdu}]`, outputName]));
  const { images } = collected;
  for (const image of images) {
    const name = names.get(`${image.path}[${image.hdu}]`);
    if (name !== undefined) image.preview = await loadPreview(join(out, workFolder), name, image.hdu);
  }
  const html = renderScanReport({
    ...frame,
    classes: model.exposures
      ? model.exposures.categories.map((name) => ({ name }))
      : blemishCcd
          .filter(({ name }) => model.classes.includes(name))
          .map(({ name, colour, description, maskBit }) => ({ name, color: colour, description, maskBit })),
    model: { name: model.name, version: model.version, sha256: model.sha256, trainedOn: model.trainedOn },
    threshold: model.threshold,
    images,
    failures: shownFailures(failures),
    exposures: collected.exposures,
    judged: collected.judged,
    counts: collected.counts(failures.length),
  });
  await writeWhole(join(out, 'report.html'), html);
}
