import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Interval } from '@blemish/evaluate';
import { writeError } from '../errors.ts';
import { writeRows } from '../learning/predictions.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { renderAgreementReport } from '../report/agreement-report.ts';
import type { Column, Row } from '../tables/index.ts';
import { inspectorAgreement } from './inspector-agreement.ts';
import type { InspectorAgreement, MeasuredAgreement } from './inspector-agreement.ts';
import { readExposureList } from './read-exposure-list.ts';
import type { ReadExposureListOptions } from './read-exposure-list.ts';

export interface MeasureAgreementOptions extends ReadExposureListOptions {
  /** Folder for `report.html`, `agreement.json`, `pairs.csv` and `reasons.csv`; absent: none is written. */
  readonly out?: string | undefined;
  readonly bootstrap?: number | undefined;
  readonly seed?: number | undefined;
  readonly command?: string | undefined;
}

/**
 * Agreement of the inspectors of a list, as a report and as tables.
 * @throws SurveyError of `readExposureList` and `inspectorAgreement`, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function measureAgreement(
  path: string,
  { out, bootstrap, seed, command, ...reading }: MeasureAgreementOptions,
): Promise<MeasuredAgreement> {
  const { labels, failed } = await readExposureList(path, reading);
  const found = inspectorAgreement(labels, path, { samples: bootstrap, seed });
  const result = { list: path, ...found, failed, out: out ?? null };
  if (out === undefined) return result;
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeError(error, out);
  });
  const metadata = { list: path };
  await writeRows(join(out, 'pairs.csv'), pairColumns, pairRows(found), metadata);
  await writeRows(join(out, 'reasons.csv'), reasonColumns(found), reasonRows(found), metadata);
  await writeWhole(join(out, 'agreement.json'), `${JSON.stringify(result, null, 1)}\n`);
  const page = renderAgreementReport({
    agreement: result,
    generatedAt: new Date().toISOString(),
    command: command ?? `blemish dataset agreement ${path} --out ${out}`,
  });
  await writeWhole(join(out, 'report.html'), page);
  return result;
}

const number = (name: string, description: string): Column => ({ name, type: 'double', description });
const whole = (name: string, description: string): Column => ({ name, type: 'int', description });

/** A figure with its interval as three columns. */
function intervalColumns(name: string, description: string): readonly Column[] {
  return [
    number(name, description),
    number(`${name}_low`, `${description}: lower end of its 95 % interval`),
    number(`${name}_high`, `${description}: upper end`),
  ];
}

function intervalCells(name: string, interval: Interval): Row {
  const { value } = interval;
  const [low, high] = interval.value === null ? [null, null] : [interval.low, interval.high];
  return { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
}

/** Columns of the agreement of pairs. */
export const pairColumns: readonly Column[] = [
  { name: 'first', type: 'string', description: 'inspector' },
  { name: 'second', type: 'string', description: 'inspector' },
  whole('n', 'exposures on which both have a verdict'),
  whole('both_bad', 'both: bad'),
  whole('only_first', 'bad by the first alone'),
  whole('only_second', 'bad by the second alone'),
  whole('neither', 'bad by neither'),
  ...intervalColumns('observed', 'share of one verdict'),
  ...intervalColumns('kappa', "Cohen's kappa"),
  ...intervalColumns('positive', 'agreement on bad'),
  ...intervalColumns('negative', 'agreement on not bad'),
];

function pairRows({ pairs }: InspectorAgreement): Row[] {
  return pairs.map(({ first, second, n, bothBad, onlyFirst, onlySecond, neither, ...figures }): Row => ({
    ...{ first, second, n, both_bad: bothBad, only_first: onlyFirst, only_second: onlySecond, neither },
    ...intervalCells('observed', figures.observed),
    ...intervalCells('kappa', figures.kappa),
    ...intervalCells('positive', figures.positive),
    ...intervalCells('negative', figures.negative),
  }));
}

function reasonColumns({ inspectors }: InspectorAgreement): readonly Column[] {
  return [
    { name: 'reason', type: 'string', description: "the machine's reason; `all` for all exposures" },
    whole('n', 'exposures with it'),
    ...inspectors.map(({ name }) => whole(name, `called bad by ${name}`)),
    ...inspectors.flatMap((_, k) => [
      whole(`confirmed_${k + 1}`, `called bad by ${k + 1} inspectors or more`),
      ...intervalColumns(`share_${k + 1}`, `share called bad by ${k + 1} or more`),
    ]),
  ];
}

function reasonRows({ n, inspectors, confirmed, reasons }: InspectorAgreement): Row[] {
  const all = { reason: 'all', n, bad: inspectors.map(({ bad }) => bad), confirmed };
  return [all, ...reasons].map(({ reason, n: own, bad, confirmed: levels }): Row => ({
    ...{ reason, n: own },
    ...Object.fromEntries(inspectors.map(({ name }, k) => [name, bad[k]])),
    ...levels.reduce<Row>(
      (cells, { atLeast, n: hits, share }) => ({
        ...cells,
        [`confirmed_${atLeast}`]: hits,
        ...intervalCells(`share_${atLeast}`, share),
      }),
      {},
    ),
  }));
}
