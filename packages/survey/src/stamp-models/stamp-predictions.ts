import type { StampDescription } from '../bundle-description.ts';
import { writeRows } from '../learning/predictions.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { Column, Row } from '../tables/index.ts';
import { classesOf } from './stamp-model.ts';

export interface JudgedStamps {
  readonly description: StampDescription;
  readonly sha256: string;
  readonly path: string;
  readonly places: Int32Array;
  readonly y: Int32Array;
  /** Group of each; null: every stamp by itself. */
  readonly groups: readonly string[] | null;
  /** [n, K] */
  readonly probabilities: Float64Array;
}

/** Writes what a model says of stamps of known class, one row each. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export async function writeStampPredictions(path: string, judged: JudgedStamps): Promise<void> {
  const { description, sha256 } = judged;
  const classes = classesOf(description);
  const columns: Column[] = [
    { name: 'path', type: 'string', description: 'set of stamps' },
    { name: 'index', type: 'int', description: 'place of the stamp in its set, from 0' },
    { name: 'label', type: 'string', description: 'class in the set' },
    ...(judged.groups === null
      ? []
      : [{ name: 'group', type: 'string', description: 'group in the set' } as const]),
    { name: 'class', type: 'string', description: 'class decided for', ucd: 'meta.code.class' },
    ...classes.map((name): Column => ({
      name: probabilityColumn(name),
      type: 'double',
      description: `probability of ${name}`,
      ucd: 'stat.probability',
    })),
  ];
  const metadata = { model: description.name, model_version: description.version, model_sha256: sha256 };
  await writeRows(path, columns, rows(judged, classes), metadata);
}

function* rows(
  { path, places, y, groups, probabilities, description }: JudgedStamps,
  classes: string[],
): Generator<Row> {
  const k = classes.length;
  const threshold = description.decision?.threshold ?? 0.5;
  for (const [i, index] of places.entries()) {
    const own = probabilities.subarray(i * k, (i + 1) * k);
    const decided = k === 2 ? (own[1] >= threshold ? 1 : 0) : own.indexOf(Math.max(...own));
    yield {
      path,
      index,
      label: classes[y[i]],
      ...(groups === null ? {} : { group: groups[i] }),
      class: classes[decided],
      ...Object.fromEntries(classes.map((name, c) => [probabilityColumn(name), own[c]])),
    };
  }
}
