import { join } from 'node:path';
import type { ModelInfo } from '../analyser/types.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderScanReport } from '../report/index.ts';
import type { ReportPreview, ScanReportData, ScanReportImage } from '../report/index.ts';
import { blemishCcd } from '../taxonomy.ts';
import { loadPreview } from './previews.ts';
import type { FileRecord, ImageRecord } from './records.ts';
import type { EventIndex } from './write-tables.ts';

/** Pictures in one report: the most probable ones; more would make a file nobody can forward. */
const mostPictures = 60;

/** What the report needs beside the records. */
export type ReportFrame = Omit<ScanReportData, 'classes' | 'model' | 'threshold' | 'images' | 'failures'>;

export async function writeReport(
  out: string,
  workFolder: string,
  frame: ReportFrame,
  model: ModelInfo,
  failures: ScanReportData['failures'],
  records: () => AsyncIterable<FileRecord>,
  events: EventIndex,
): Promise<void> {
  const pictured = await mostProbable(records());
  const images: ScanReportImage[] = [];
  for await (const file of records()) {
    let at = 0;
    const ids = events.get(file.path) ?? [];
    for (const image of file.images) {
      const preview = pictured.has(`${file.outputName}.${image.hdu}`)
        ? await loadPreview(join(out, workFolder), file.outputName, image.hdu)
        : null;
      images.push(reportImage(file, image, preview, ids.slice(at, at + image.findings.length)));
      at += image.findings.length;
    }
  }
  const html = renderScanReport({
    ...frame,
    classes: blemishCcd
      .filter(({ name }) => model.classes.includes(name))
      .map(({ name, colour, description, maskBit }) => ({ name, color: colour, description, maskBit })),
    model: { name: model.name, version: model.version, sha256: model.sha256, trainedOn: model.trainedOn },
    threshold: model.threshold,
    images,
    failures,
  });
  await writeWhole(join(out, 'report.html'), html);
}

/** Keys of the images to show, of those that have a picture. */
async function mostProbable(records: AsyncIterable<FileRecord>): Promise<ReadonlySet<string>> {
  const found: { readonly key: string; readonly probability: number }[] = [];
  for await (const { outputName, images } of records) {
    for (const { hdu, probability, hasPreview } of images) {
      if (hasPreview) found.push({ key: `${outputName}.${hdu}`, probability: probability ?? 0 });
    }
  }
  found.sort((a, b) => b.probability - a.probability);
  return new Set(found.slice(0, mostPictures).map(({ key }) => key));
}

function reportImage(
  file: FileRecord,
  image: ImageRecord,
  preview: ReportPreview | null,
  ids: readonly string[],
): ScanReportImage {
  return {
    path: file.path,
    hdu: image.hdu,
    ccd: image.ccd,
    exposure: image.exposure,
    band: image.band,
    mjd: image.mjd,
    probability: image.probability,
    reason: image.reason,
    flagged: image.flagged,
    action: image.action,
    maskedFraction: image.maskedFraction,
    classes: image.classes,
    quality: image.quality,
    corners: image.corners,
    findings: image.findings.map((finding, i) => ({
      className: finding.className,
      probability: finding.probability,
      threshold: finding.threshold,
      flagged: finding.flagged,
      x: finding.x,
      y: finding.y,
      area: finding.area,
      eventId: ids[i],
      ra: finding.ra,
      dec: finding.dec,
    })),
    preview,
    maskPath: file.maskPath,
  };
}
