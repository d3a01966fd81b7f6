import { join } from 'node:path';
import type { ModelInfo } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import type { InputFile } from '../inputs/expand.ts';
import { judgeExposure } from '../outputs/judge-exposure.ts';
import { PartialFile } from '../outputs/partial-file.ts';
import { version } from '../version.ts';
import { describeThresholds } from './journal.ts';
import type { Journal } from './journal.ts';
import type { ScanOptions } from './options.ts';
import type { FileRecord } from './records.ts';
import { ReportCollector } from './report-collector.ts';
import { exposureNumbers, rollUpFiles } from './roll-up-files.ts';
import type { LastFiles, Records } from './roll-up-files.ts';
import { ScanNotes } from './scan-notes.ts';
import type { ScanSummary } from './summary.ts';
import { TopPictures } from './top-pictures.ts';
import { writeReport } from './write-report.ts';
import type { ReportFrame } from './write-report.ts';
import { ScanTables } from './write-tables.ts';

export interface FinishedScan {
  readonly options: ScanOptions;
  readonly files: readonly InputFile[];
  readonly inputFailures: readonly Failure[];
  readonly journal: Journal;
  readonly model: ModelInfo;
  readonly started: Date;
  /** `performance.now()` at the start. */
  readonly clock: number;
  /** What was spent elsewhere: by the parts of a merged scan. */
  readonly secondsBefore: number;
  /** `partial`: parts of it are missing. */
  readonly status: 'complete' | 'interrupted' | 'partial';
  /** The parts of a merged scan: where they are and what they took. */
  readonly parts?: readonly object[] | undefined;
  /** Sentences for the report. */
  readonly notes?: readonly string[] | undefined;
}

/** Writes tables, report and `scan.json` from the journal, for a scan that is complete or was stopped. Memory does not grow with the scan. */
export async function finishScan(finished: FinishedScan): Promise<ScanSummary> {
  const { options, files, journal, model, clock, status } = finished;
  const { out } = options;
  // In the order of the inputs, one record in memory at a time.
  async function* records(): AsyncGenerator<FileRecord> {
    for (const { path } of files) {
      const record = await journal.read(path);
      if (record) yield record;
    }
  }
  const { totals, failed, last, pictures } = await surveyRecords(records, finished.inputFailures);
  const formats = options.formats ?? [];
  const settings = {
    threshold: describeThresholds(options.thresholds ?? {}),
    formats: ['parquet', ...formats].join(', '),
    shard: options.shard ? `${options.shard.index}/${options.shard.count}` : null,
  };
  const versions = { blemish: version, node: process.versions.node };
  const collected = new ReportCollector();
  const notes = new ScanNotes();
  await rollUp(records, last, model, new ScanTables(out, formats, model, version), collected, notes);
  const seconds = (): number => finished.secondsBefore + (performance.now() - clock) / 1000;
  const truth = options.describeTruth
    ? await options.describeTruth({ model, records: records() })
    : undefined;
  const finishedAt = new Date();
  const frame: ReportFrame = {
    title: options.title ?? `Scan of ${options.paths.join(', ')}`,
    generatedAt: finishedAt.toISOString(),
    command: options.command ?? '',
    seconds: seconds(),
    totals,
    versions,
    settings,
    simulated: options.simulated,
    truth,
    notes: [...(finished.notes ?? []), ...collected.notes(model), ...notes.sentences()],
  };
  await writeReport(out, frame, model, failed, collected, pictures);
  const provenance = {
    format: 1,
    status,
    command: options.command ?? null,
    started: finished.started.toISOString(),
    finished: finishedAt.toISOString(),
    seconds: seconds(),
    versions,
    model,
    settings: { ...settings, thresholds: options.thresholds ?? {} },
    totals: { ...totals, exposures: notes.exposures, duplicates: notes.duplicates },
    notes: frame.notes,
    ...(finished.parts && { parts: finished.parts }),
    failed,
  };
  await writeProvenance(join(out, 'scan.json'), provenance, records);
  return {
    ...totals,
    exposures: notes.exposures,
    duplicates: notes.duplicates,
    failed,
    seconds: seconds(),
    out,
    interrupted: status === 'interrupted',
  };
}

/** What a first walk over the records tells. */
async function surveyRecords(records: Records, inputFailures: readonly Failure[]) {
  const failed: Failure[] = [...inputFailures];
  const totals = { processed: 0, skipped: 0, images: 0, flagged: 0, unjudged: 0 };
  const last = new Map<string, number>();
  const pictures = new TopPictures();
  let at = 0;
  for await (const record of records()) {
    failed.push(...record.failures);
    if (record.skipped) totals.skipped++;
    else if (record.failures.length === 0) totals.processed++;
    totals.images += record.images.length;
    totals.flagged += record.images.filter((image) => image.flagged).length;
    totals.unjudged += record.images.filter((image) => image.probability === null).length;
    for (const number of exposureNumbers(record)) last.set(number, at);
    pictures.offer(record, at++);
  }
  return { totals, failed, last, pictures: pictures.pictures };
}

/** The second walk: tables, and what the report shows. */
async function rollUp(
  records: Records,
  last: LastFiles,
  { exposures: rules }: ModelInfo,
  tables: ScanTables,
  collected: ReportCollector,
  notes: ScanNotes,
): Promise<void> {
  try {
    for await (const item of rollUpFiles(records, last)) {
      if (item.kind === 'duplicate') notes.addDuplicate(item);
      else if (item.kind === 'file') {
        await tables.addFile(item);
        collected.addFile(item);
      } else {
        const judged = rules ? judgeExposure(item.images, rules) : null;
        await tables.addExposure(item, judged);
        collected.addExposure(item);
        if (rules && judged) collected.addJudged(item, judged, rules.categories);
        notes.addExposure(item);
      }
    }
    await tables.close();
  } catch (error) {
    await tables.abort();
    throw error;
  }
}

/** `scan.json`: its inputs, a line each, come last and are not held together. */
async function writeProvenance(path: string, provenance: object, records: Records): Promise<void> {
  const file = new PartialFile(path);
  const encoder = new TextEncoder();
  const head = JSON.stringify(provenance, null, 1).slice(0, -2);
  await file.append(encoder.encode(`${head},\n "inputs": [`));
  let separator = '\n  ';
  for await (const record of records()) {
    const input = {
      path: record.path,
      hdus: record.images.map((image) => image.hdu),
      skipped: record.skipped,
      mask: record.companionMask,
      weight: record.companionWeight,
      mask_scheme: record.maskScheme,
      written: [record.maskPath, record.regionPath].filter((written) => written !== null),
    };
    await file.append(encoder.encode(`${separator}${JSON.stringify(input)}`));
    separator = ',\n  ';
  }
  await file.append(encoder.encode('\n ]\n}\n'));
  await file.close();
}
