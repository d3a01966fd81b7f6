import type { ClassificationMetrics, ThresholdChoice } from '@blemish/evaluate';
import type { TableDescription } from '../bundle-description.ts';
import { basename } from 'node:path';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderTableReport } from '../report/table-report.ts';
import type { ExampleRow } from '../report/table-report.ts';
import { version } from '../version.ts';
import { binaryCurves } from './curves.ts';
import { decidedObjects } from './decided-objects.ts';
import type { LabelledRows } from './fit-table.ts';
import type { JudgedFrames } from './frame-rows.ts';
import type { DataFile } from './load-data.ts';
import { decide } from './measure.ts';
import type { ShuffledImportance } from './shuffled-importance.ts';
import type { TagFigure } from './tag-figures.ts';

export interface TableReportInput {
  readonly title: string;
  readonly command: string;
  readonly measuredOn: string;
  readonly description: TableDescription;
  /** Of the bundle; null while it is being made. */
  readonly sha256: string | null;
  readonly rows: LabelledRows;
  /** [rows, classes] */
  readonly probabilities: Float64Array;
  readonly metrics: ClassificationMetrics;
  readonly threshold: ThresholdChoice | null;
  readonly byTag: readonly TagFigure[];
  /** Of each row, by a model that has not seen it; null where rows have no frames. */
  readonly frames: readonly JudgedFrames[] | null;
  readonly notes: readonly string[];
  readonly importance: readonly { readonly name: string; readonly value: number }[];
  readonly shuffled: ShuffledImportance | null;
  readonly files: readonly DataFile[];
}

/** Examples of each kind in a report. */
const examples = 15;

/** Writes the report of figures on rows of known class. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export async function writeTableReport(path: string, input: TableReportInput): Promise<void> {
  const { description, rows, probabilities, metrics, threshold, files, sha256 } = input;
  const { provenance } = description;
  const k = rows.classes.length;
  const positive = Float64Array.from({ length: rows.y.length }, (_, i) => probabilities[i * k + 1]);
  const ranked = rankedRows(rows, probabilities, threshold?.threshold ?? null);
  const page = renderTableReport({
    title: input.title,
    generatedAt: new Date().toISOString(),
    command: input.command,
    measuredOn: input.measuredOn,
    model: { ...description, sha256 },
    metrics,
    curves:
      k === 2
        ? binaryCurves({ scores: positive, labels: rows.y }, rows.groups, threshold?.threshold ?? 0.5)
        : null,
    threshold,
    byTag: input.byTag,
    objects:
      input.frames === null
        ? []
        : await decidedObjects(
            rows,
            probabilities,
            threshold?.threshold ?? null,
            input.frames,
            description.reading.frames!.folder,
          ),
    worst: ranked.filter(({ label, decided }) => label !== decided).slice(0, examples),
    best: ranked
      .filter(({ label, decided }) => label === decided)
      .slice(-examples)
      .reverse(),
    importance: input.importance,
    shuffled: input.shuffled,
    notes: input.notes,
    provenance: [
      ['Command', input.command],
      ['Recipe', `${provenance.recipe} (SHA-256 ${provenance.recipeSha256})`],
      ...(sha256 === null ? [] : [['Model SHA-256', sha256] as const]),
      ['Seed', String(provenance.seed)],
      ...provenance.data.map(
        ({ name, sha256: hash, rows: n }) => ['Trained with', `${name}, ${n} rows, SHA-256 ${hash}`] as const,
      ),
      ...files.map(
        ({ name, sha256: hash, rows: n }) => ['Measured on', `${name}, ${n} rows, SHA-256 ${hash}`] as const,
      ),
      ['Blemish', version],
      ['Node', process.versions.node],
    ],
  });
  await writeWhole(path, page);
}

/** Rows from the one whose true class is least likely on. */
function rankedRows(
  { y, classes, ids, originOf }: LabelledRows,
  probabilities: Float64Array,
  threshold: number | null,
): ExampleRow[] {
  const k = classes.length;
  const decided = decide(probabilities, k, threshold);
  const several = new Set(Array.from(y, (_, i) => originOf(i).path)).size > 1;
  return Array.from(y, (label, i) => ({
    file: several ? basename(originOf(i).path) : null,
    row: originOf(i).row,
    id: ids?.[i] ?? null,
    label: classes[label],
    decided: classes[decided[i]],
    probability: probabilities[i * k + label],
  })).sort((a, b) => a.probability - b.probability);
}
