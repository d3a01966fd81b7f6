import { join } from 'node:path';
import type { ModelInfo } from '../analyser/types.ts';
import type { Failure } from '../errors.ts';
import type { InputFile } from '../inputs/expand.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { version } from '../version.ts';
import { describeThresholds, workFolder } from './journal.ts';
import type { Journal } from './journal.ts';
import type { ScanOptions } from './options.ts';
import type { FileRecord } from './records.ts';
import type { ScanSummary } from './summary.ts';
import { writeReport } from './write-report.ts';
import { writeTables } from './write-tables.ts';

export interface FinishedScan {
  readonly options: ScanOptions;
  readonly files: readonly InputFile[];
  readonly inputFailures: readonly Failure[];
  readonly journal: Journal;
  readonly model: ModelInfo;
  readonly started: Date;
  /** `performance.now()` at the start. */
  readonly clock: number;
  readonly interrupted: boolean;
}

/** Writes tables, report and `scan.json` from the journal, for a scan that is complete or was stopped. */
export async function finishScan(finished: FinishedScan): Promise<ScanSummary> {
  const { options, files, journal, model, started, clock, interrupted } = finished;
  const { out } = options;
  // In the order of the inputs, one record in memory at a time.
  async function* records(): AsyncGenerator<FileRecord> {
    for (const { path } of files) {
      const record = await journal.read(path);
      if (record) yield record;
    }
  }
  const failed: Failure[] = [...finished.inputFailures];
  const totals = { processed: 0, skipped: 0, images: 0, flagged: 0, unjudged: 0 };
  const inputs: object[] = [];
  for await (const record of records()) {
    failed.push(...record.failures);
    if (record.skipped) totals.skipped++;
    else if (record.failures.length === 0) totals.processed++;
    totals.images += record.images.length;
    totals.flagged += record.images.filter((image) => image.flagged).length;
    totals.unjudged += record.images.filter((image) => image.probability === null).length;
    inputs.push({
      path: record.path,
      hdus: record.images.map((image) => image.hdu),
      skipped: record.skipped,
      mask: record.companionMask,
      weight: record.companionWeight,
      mask_scheme: record.maskScheme,
      written: [record.maskPath, record.regionPath].filter((path) => path !== null),
    });
  }
  const settings = {
    threshold: describeThresholds(options.thresholds ?? {}),
    formats: ['parquet', ...(options.formats ?? [])].join(', '),
    shard: options.shard ? `${options.shard.index}/${options.shard.count}` : null,
  };
  const versions = { blemish: version, node: process.versions.node };
  const events = await writeTables(out, options.formats ?? [], model, version, records);
  const seconds = (performance.now() - clock) / 1000;
  const truth = options.describeTruth
    ? await options.describeTruth({ model, records: records() })
    : undefined;
  const finishedAt = new Date();
  await writeReport(
    out,
    workFolder,
    {
      title: options.title ?? `Scan of ${options.paths.join(', ')}`,
      generatedAt: finishedAt.toISOString(),
      command: options.command ?? '',
      seconds,
      totals,
      versions,
      settings,
      simulated: options.simulated,
      truth,
    },
    model,
    failed,
    records,
    events,
  );
  const provenance = {
    format: 1,
    status: interrupted ? 'interrupted' : 'complete',
    command: options.command ?? null,
    started: started.toISOString(),
    finished: finishedAt.toISOString(),
    seconds,
    versions,
    model,
    settings: { ...settings, thresholds: options.thresholds ?? {} },
    totals,
    failed,
    inputs,
  };
  await writeWhole(join(out, 'scan.json'), `${JSON.stringify(provenance, null, 1)}\n`);
  return { ...totals, failed, seconds: (performance.now() - clock) / 1000, out, interrupted };
}
