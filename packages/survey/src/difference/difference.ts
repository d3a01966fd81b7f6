import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plane } from '@blemish/imaging';
import { numberColumn, openTable } from '../datasets/index.ts';
import { SurveyError, writeError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { writeRows } from '../learning/predictions.ts';
import { TableSet } from '../tables/index.ts';
import type { Row } from '../tables/index.ts';
import { version } from '../version.ts';
import { alignSides } from './align-sides.ts';
import { bringOntoGrid } from './bring-onto-grid.ts';
import type { GriddedReference } from './bring-onto-grid.ts';
import { candidateColumns } from './candidate-columns.ts';
import { findInTiles } from './find-in-tiles.ts';
import { kernelStars } from './kernel-stars.ts';
import { differenceBits } from './mask-values.ts';
import { candidateRow } from './measure-candidates.ts';
import { efficiencyColumns, fakeColumns, measureEfficiency, missedColumns } from './measure-efficiency.ts';
import type { Efficiency } from './measure-efficiency.ts';
import { checkOptions } from './options.ts';
import type { DifferenceOptions } from './options.ts';
import { pointError } from './point-error.ts';
import { readSide } from './read-side.ts';
import { subtractSides } from './subtract-sides.ts';
import { candidateRegions, writeDifference } from './write-difference.ts';
import { writeStamps } from './write-stamps.ts';

/** What `--json` prints. */
export interface DifferenceSummary {
  readonly out: string;
  readonly width: number;
  readonly height: number;
  readonly method: string;
  readonly convolved: string;
  readonly overlap: number;
  readonly alignmentRms: number | null;
  readonly starsInCommon: number;
  readonly kernelStars: number;
  readonly kernelStarsUsed: number;
  readonly kernelChi2: number;
  readonly fluxRatio: number;
  readonly scienceFwhm: number | null;
  readonly referenceFwhm: number | null;
  /** Share of the pixels of the difference without a value. */
  readonly maskedFraction: number;
  /** Root mean square of difference over noise, pixels beyond 5 left out: 1 where the noise is right. */
  readonly pixelPull: number;
  readonly candidates: number;
  readonly negative: number;
  readonly edgeStamps: number;
  /** Features that are null, with the number of candidates. */
  readonly undefinedFeatures: Readonly<Record<string, number>>;
  /** With fakes: how many were found, and whether their fluxes are right. */
  readonly efficiency: Efficiency | null;
  readonly notes: readonly string[];
  /** Reading and writing included. */
  readonly seconds: number;
  readonly secondsPerMegapixel: number;
  /** Processor time of the same, which other programs do not stretch. */
  readonly processorSecondsPerMegapixel: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Record<string, number>>;
}

/**
 * Subtracts a reference from a science image and writes what is new or gone: `difference.fits.fz`, `candidates.parquet` and `.csv`, `stamps.npy` and `.csv`, `candidates.reg`.
 * @throws SurveyError of {@link readSide}, {@link alignSides}, {@link subtractSides}; OPTION_INVALID, OUTPUT_EXISTS, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function difference(options: DifferenceOptions): Promise<DifferenceSummary> {
  const settings = checkOptions(options);
  const changes = options.truth === undefined ? [] : await knownChanges(options.truth);
  const { out, method, align, threshold, stampSize, fakes } = settings;
  const products = [
    'difference.fits.fz',
    'candidates.parquet',
    'candidates.csv',
    'candidates.reg',
    'stamps.npy',
    'stamps.csv',
    ...(fakes > 0 ? ['fakes.csv', 'efficiency.csv', 'missed.csv'] : []),
  ];
  const there = products.find((name) => existsSync(join(out, name)));
  if (there !== undefined && options.force !== true)
    throw new SurveyError('OUTPUT_EXISTS', 'a difference was written before', { path: join(out, there) });
  const clock = new StepClock(options.onStep);
  const usage = process.cpuUsage();

  clock.step('read');
  const { side: science, hdu } = await readSide(options.science, 'science image', null);
  const { side: reference } = await readSide(options.reference, 'reference', hdu);
  clock.step('align');
  const alignment = alignSides(science, reference, align);
  const gridded = bringOntoGrid(science, reference, alignment.place);
  clock.step('subtract');
  const stars = kernelStars(science, reference, alignment);
  const subtraction = subtractSides(science, reference, gridded, stars, settings);
  clock.step('find');
  const found = findInTiles(subtraction, threshold);
  clock.step('measure');
  const scaled = inScienceUnits(gridded, subtraction.fluxRatio);
  const error = pointError(subtraction);
  const context = {
    ...{ science, subtraction, stampSize, reference: scaled },
    zeroPoint: options.zeroPoint ?? science.zeroPoint,
    limitFlux: threshold * error,
  };
  const rows = found.map((candidate, i) => candidateRow(candidate, i + 1, context));
  const efficiency =
    fakes === 0
      ? null
      : measureEfficiency(subtraction, scaled, {
          ...{ fakes, threshold, error, candidates: found, gain: science.gain, changes },
          seed: settings.seed,
          zeroPoint: context.zeroPoint ?? 0,
        });
  clock.step('write');
  try {
    await mkdir(out, { recursive: true });
  } catch (error) {
    throw writeError(error, out);
  }
  const { command } = options;
  const facts = {
    ...{ science, reference, alignment, subtraction, method, align, threshold, command },
    starsGiven: stars.length,
  };
  await writeDifference(join(out, 'difference.fits.fz'), facts);
  await writeCandidates(out, rows);
  const group = `${basename(science.path)}[${science.hdu}]-${basename(reference.path)}[${reference.hdu}]`;
  const channels = [
    withoutBad(science.image, science.bad),
    withoutBad(scaled.image, gridded.bad),
    subtraction.image,
  ];
  await writeStamps(out, rows, channels, stampSize, group);
  await writeWhole(join(out, 'candidates.reg'), candidateRegions(rows, 2.5 * subtraction.tiles[0].fwhm));
  if (efficiency !== null) await writeEfficiency(out, efficiency);
  const steps = clock.end();

  const { width, height } = science.image;
  const { user, system } = process.cpuUsage(usage);
  // microseconds a pixel are seconds a megapixel
  const processor = user + system;
  const seconds = Object.values(steps).reduce((sum, value) => sum + value, 0);
  const masked = subtraction.mask.reduce(
    (sum, value) => sum + ((value & ~differenceBits.kernelReach) !== 0 ? 1 : 0),
    0,
  );
  return {
    ...{ out, width, height, method, convolved: subtraction.convolved },
    overlap: alignment.overlap,
    alignmentRms: alignment.rms,
    starsInCommon: alignment.pairs.length,
    kernelStars: stars.length,
    kernelStarsUsed: subtraction.fit.used.filter(Boolean).length,
    kernelChi2: subtraction.fit.chi2,
    fluxRatio: subtraction.fluxRatio,
    scienceFwhm: science.fwhm,
    referenceFwhm: reference.fwhm,
    maskedFraction: masked / (width * height),
    pixelPull: pixelPull(subtraction.image, subtraction.variance),
    candidates: rows.length,
    negative: rows.filter(({ sign }) => sign === -1).length,
    edgeStamps: rows.filter(({ edge }) => edge === true).length,
    undefinedFeatures: countUndefined(rows),
    efficiency: efficiency?.efficiency ?? null,
    notes: notesOf(context.zeroPoint, science.gain, reference.gain, alignment.overlap, stars.length),
    seconds,
    secondsPerMegapixel: seconds / ((width * height) / 1e6),
    processorSecondsPerMegapixel: processor / (width * height),
    steps,
  };
}

function inScienceUnits({ image, variance, bad }: GriddedReference, ratio: number): GriddedReference {
  // in place: nothing reads the reference in its own units after this
  for (let i = 0; i < image.data.length; i++) image.data[i] *= ratio;
  for (let i = 0; i < image.data.length; i++) variance.data[i] *= ratio * ratio;
  return { image, variance, bad };
}

/** What was filled is no measurement. */
function withoutBad(plane: Plane, bad: Uint8Array): Plane {
  return { ...plane, data: plane.data.map((value, i) => (bad[i] === 0 ? value : NaN)) };
}

async function writeCandidates(out: string, rows: readonly Row[]): Promise<void> {
  const table = new TableSet(out, 'candidates', candidateColumns, ['csv'], { version });
  try {
    for (const row of rows) await table.write(row);
    await table.close();
  } catch (error) {
    await table.abort();
    throw error;
  }
}

/** Places of changes, in pixels of the science image from 0. @throws SurveyError INPUT_NOT_FOUND, TABLE_… */
async function knownChanges(path: string): Promise<{ readonly x: number; readonly y: number }[]> {
  const table = await openTable(path);
  const [x, y] = ['x', 'y'].map((name) => numberColumn(table, name, 'place of a change').values);
  return Array.from(x, (value, i) => ({ x: value, y: y[i] }));
}

async function writeEfficiency(
  out: string,
  { rows, efficiency }: { readonly rows: readonly Row[]; readonly efficiency: Efficiency },
): Promise<void> {
  await writeRows(join(out, 'fakes.csv'), fakeColumns, rows, {});
  const bins = efficiency.bins.map(({ magFrom, magTo, ...bin }) => ({
    ...{ ...bin, mag_from: magFrom, mag_to: magTo, share: bin.found / bin.fakes },
  }));
  await writeRows(join(out, 'efficiency.csv'), efficiencyColumns, bins, {});
  const missed = efficiency.missed.map(
    ({ falseDetections, falsePositiveRate, threshold, missed: share }) => ({
      ...{ false_detections: falseDetections, false_positive_rate: falsePositiveRate, threshold },
      ...(share.value === null ? {} : { missed: share.value, low: share.low, high: share.high }),
    }),
  );
  await writeRows(join(out, 'missed.csv'), missedColumns, missed, {});
}

function pixelPull(image: Plane, variance: Plane): number {
  let [sum, n] = [0, 0];
  for (let i = 0; i < image.data.length; i++) {
    const square = image.data[i] ** 2 / variance.data[i];
    if (!(square <= 25)) continue;
    sum += square;
    n++;
  }
  return Math.sqrt(sum / n);
}

function countUndefined(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of candidateColumns) {
    const empty = rows.filter((row) => row[name] === null && name !== 'reason').length;
    if (empty > 0) counts[name] = empty;
  }
  return counts;
}

function notesOf(
  zeroPoint: number | null,
  scienceGain: number | null,
  referenceGain: number | null,
  overlap: number,
  stars: number,
): string[] {
  const notes: string[] = [];
  if (scienceGain === null || referenceGain === null) {
    const which =
      scienceGain === null
        ? referenceGain === null
          ? 'either image'
          : 'the science image'
        : 'the reference';
    notes.push(
      `no gain for ${which}: the noise is that of the sky alone, too small on stars and galaxies (--gain, --reference-gain)`,
    );
  }
  if (zeroPoint === null) notes.push('no zero point: magnitudes are empty (--zero-point)');
  if (overlap < 0.99) notes.push(`the reference covers ${(100 * overlap).toFixed(1)} % of the science image`);
  if (stars < 12) notes.push(`only ${stars} stars fix the kernel: it is taken as the same everywhere`);
  return notes;
}

/** Seconds of each step. */
class StepClock {
  readonly #onStep: ((step: string) => void) | undefined;
  readonly #steps: Record<string, number> = {};
  #name: string | null = null;
  #from = 0;

  constructor(onStep: ((step: string) => void) | undefined) {
    this.#onStep = onStep;
  }

  step(name: string): void {
    this.end();
    this.#name = name;
    this.#from = performance.now();
    this.#onStep?.(name);
  }

  end(): Readonly<Record<string, number>> {
    if (this.#name !== null) this.#steps[this.#name] = (performance.now() - this.#from) / 1000;
    this.#name = null;
    return this.#steps;
  }
}
