import { availableParallelism } from 'node:os';
import { WorkerPool } from '@blemish/engine/workers';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { expandInputs } from '../inputs/index.ts';
import { OpenFiles } from '../scan/open-files.ts';
import { StampSetWriter } from '../stamps/stamp-set-writer.ts';
import { readExposureLabels } from './exposure-labels.ts';
import type { ExposureLabels } from './exposure-labels.ts';
import { ExposureNames } from './exposure-names.ts';
import { exposureSetFormat, exposureSetLine, reasonCells } from './exposure-set.ts';
import { fileViews } from './file-views.ts';
import type { FileViews, FileViewsTask } from './file-views.ts';
import { viewChannels } from './view-settings.ts';
import type { ViewSettings } from './view-settings.ts';

export interface MakeExposureSetOptions {
  /** FITS files, folders, list files. */
  readonly inputs: readonly string[];
  readonly out: string;
  readonly views: ViewSettings;
  /** A list with `exposure` and `reasons`; null: nobody looked. */
  readonly labels: string | null;
  readonly force?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((files: number, of: number) => void) | undefined;
}

export interface ExposureSetSummary {
  readonly files: number;
  readonly exposures: number;
  readonly ccds: number;
  /** Exposures of each camera. */
  readonly cameras: Readonly<Record<string, number>>;
  /** CCDs of an exposure. */
  readonly ccdsPerExposure: { readonly least: number; readonly median: number; readonly most: number };
  /** Exposures with fewer CCDs than half of them have. */
  readonly incomplete: number;
  /** CCDs left out because they came twice, and exposures named anew because their number was taken. */
  readonly duplicates: number;
  readonly renamed: number;
  /** Exposures with reasons, and those of the list that are not there. */
  readonly labelled: number;
  readonly labelsWithout: readonly string[];
  /** Exposures that the list calls both good and bad. */
  readonly contradicted: readonly string[];
  readonly failures: readonly Failure[];
  readonly interrupted: boolean;
}

/** More than any set has. */
const unknownCount = 999_999_999;

/**
 * Makes a set of exposures from FITS files, one row a CCD in the order of the files; memory does not grow with their number. What cannot be
 * read is named and the rest goes on.
 * @throws SurveyError NO_INPUT, OUTPUT_EXISTS, LABELS_INVALID, TABLE_…, DISK_FULL, OUTPUT_UNWRITABLE
 */
export async function makeExposureSet(options: MakeExposureSetOptions): Promise<ExposureSetSummary> {
  const { inputs, out, views, signal, onProgress } = options;
  const labels = options.labels === null ? noLabels : await readExposureLabels(options.labels);
  const { files, failures: missing } = await expandInputs(inputs);
  if (files.length === 0) {
    const detail = missing[0]?.error ?? 'no FITS files there';
    throw new SurveyError('NO_INPUT', detail, { path: inputs.join(', ') });
  }
  const format = exposureSetFormat(views, unknownCount, { simulated: false });
  const writer = await StampSetWriter.open(out, format, options.force ? 'replace' : 'refuse');
  const failures: Failure[] = [...missing];
  const names = new ExposureNames();
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), files.length));
  const tasks = function* (): Generator<FileViewsTask> {
    for (const { path, selectors } of files) {
      if (signal?.aborted) return;
      yield { path, selectors, views };
    }
  };
  let done = 0;
  onProgress?.(0, files.length);
  try {
    for await (const made of readIn(threads, tasks())) {
      failures.push(...made.failures);
      await append(writer, made, views, names, labels);
      onProgress?.(++done, files.length);
    }
  } catch (error) {
    await writer.close();
    throw error;
  }
  const interrupted = done < files.length;
  const ccds = writer.count;
  if (interrupted) await writer.close();
  else await writer.finish();
  return { files: done, ccds, ...summary(names, labels), failures, interrupted };
}

/** Reads files in worker threads; a single thread is this one, which need not be started. */
async function* readIn(threads: number, todo: Iterable<FileViewsTask>): AsyncGenerator<FileViews> {
  if (threads === 1) {
    const files = new OpenFiles();
    try {
      for (const task of todo) yield await fileViews(files, task);
    } finally {
      await files.close();
    }
    return;
  }
  const module = new URL('./views-worker.ts', import.meta.url);
  const pool = new WorkerPool<FileViewsTask, FileViews>(module, threads, {});
  try {
    yield* pool.map(todo);
  } finally {
    await pool.close();
  }
}

const noLabels: ExposureLabels = { reasons: new Map(), contradicted: [], truth: new Map() };

/** Adds a file's CCDs, but those that are there. */
async function append(
  writer: StampSetWriter,
  { pixels, rows }: FileViews,
  views: ViewSettings,
  names: ExposureNames,
  labels: ExposureLabels,
): Promise<void> {
  const size = views.size ** 2 * viewChannels(views);
  const lines: string[] = [];
  let kept = 0;
  for (const [i, row] of rows.entries()) {
    const exposure = names.nameOf(row);
    if (exposure === null) continue;
    const told = {
      ...reasonCells(labels.reasons.get(exposure) ?? []),
      truth: labels.truth.get(exposure) ?? null,
    };
    lines.push(exposureSetLine({ ...row, ...told, exposure, group: exposure, index: writer.count + kept }));
    pixels.copyWithin(kept * size, i * size, (i + 1) * size);
    kept++;
  }
  await writer.append({ pixels: pixels.subarray(0, kept * size), truth: null, lines });
}

function summary(
  names: ExposureNames,
  labels: ExposureLabels,
): Omit<ExposureSetSummary, 'files' | 'ccds' | 'failures' | 'interrupted'> {
  const counts = names.counts();
  const sorted = [...counts.values()].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const labelled = [...labels.reasons.keys()];
  return {
    exposures: counts.size,
    cameras: names.cameras(),
    ccdsPerExposure: { least: sorted[0] ?? 0, median, most: sorted.at(-1) ?? 0 },
    incomplete: sorted.filter((count) => count < median).length,
    duplicates: names.duplicates,
    renamed: names.renamed,
    labelled: labelled.filter((exposure) => counts.has(exposure)).length,
    labelsWithout: labelled.filter((exposure) => !counts.has(exposure)),
    contradicted: labels.contradicted,
  };
}
