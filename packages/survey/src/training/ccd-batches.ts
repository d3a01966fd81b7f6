import type { Rng } from '@blemish/sky';
import { cellSize } from '../preprocess/evidence.ts';
import { patternNames } from '../preprocess/patterns.ts';
import { channels, evidenceKinds, scalars } from '../preprocess/settings.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { dequantised } from './ccd-sample.ts';
import type { CcdSample } from './ccd-sample.ts';

/** Inputs and targets of one training step, row-major, batch first. */
export interface CcdBatch {
  readonly image: Float32Array;
  readonly evidence: Float32Array;
  readonly stars: Float32Array;
  readonly scalars: Float32Array;
  /** [N, K]: 1 present, 0 absent. */
  readonly labels: Float32Array;
  /** [N, K]: 0 leaves an element out of the loss. */
  readonly labelWeights: Float32Array;
  /** [N, K, cells, cells] */
  readonly cells: Float32Array;
  /** [N, K, 1, 1]: weight of every cell of a class's map … */
  readonly cellWeights: Float32Array;
  /** [N, K, 1, 1] … and how much more a cell with the class weighs. */
  readonly cellEmphasis: Float32Array;
}

/** How a sample is varied before it is shown again; absent: as it is. */
export interface Augmentation {
  readonly rng: Rng;
  /** Share cut to a random window. */
  readonly crop: number;
}

/**
 * Truth of one CCD as labels and weights: an artifact below `minimumSnr` is neither there nor not; a class that a mask defines is
 * undefined where no mask came; "any", after them, follows from the others and is undefined where only undefined ones are present.
 * @returns K + 1 of each.
 */
export function labelsOf(
  snr: Float32Array,
  hasMask: boolean,
  classes: readonly ArtifactClass[],
  minimumSnr: number,
): { labels: Float32Array; weights: Float32Array } {
  const k = classes.length;
  const labels = new Float32Array(k + 1);
  const weights = new Float32Array(k + 1).fill(1);
  let doubtful = false;
  for (const [c, klass] of classes.entries()) {
    const present = snr[c] > 0;
    if ((klass.needsMask && !hasMask) || (present && snr[c] < minimumSnr)) {
      weights[c] = 0;
      doubtful ||= present;
    } else if (present) {
      labels[c] = 1;
      labels[k] = 1;
    }
  }
  if (labels[k] === 0 && doubtful) weights[k] = 0;
  return { labels, weights };
}

/** Batches hold samples side by side; `augmentation` flips each along x and y by chance and cuts some to a window. */
export function makeBatch(
  samples: readonly CcdSample[],
  classes: readonly ArtifactClass[],
  settings: PreprocessSettings,
  minimumSnr: number,
  augmentation?: Augmentation,
): CcdBatch {
  const n = samples.length;
  const k = classes.length;
  const { canvasWidth: width, canvasHeight: height, starSize, binFactor } = settings;
  const perCell = cellSize / binFactor;
  const columns = width / perCell;
  const rows = height / perCell;
  const batch: CcdBatch = {
    image: new Float32Array(n * channels.length * width * height),
    evidence: new Float32Array(n * evidenceKinds.length * rows * columns),
    stars: new Float32Array(n * starSize * starSize),
    scalars: new Float32Array(n * scalars.length),
    labels: new Float32Array(n * k),
    labelWeights: new Float32Array(n * k),
    cells: new Float32Array(n * k * rows * columns),
    cellWeights: new Float32Array(n * k),
    cellEmphasis: new Float32Array(n * k),
  };
  for (const [i, sample] of samples.entries()) {
    const view = drawView(columns, rows, augmentation);
    const cells = viewCells(sample.cells, columns, rows, view);
    const snr = view.cropped ? snrInView(sample.snr, cells, classes) : sample.snr;
    const { labels, weights } = labelsOf(snr, sample.hasMask, classes, minimumSnr);
    batch.labels.set(labels.subarray(0, k), i * k);
    batch.labelWeights.set(weights.subarray(0, k), i * k);
    for (let c = 0; c < k; c++) {
      // Cells of a class that covers whole CCDs say nothing of where it is.
      batch.cellWeights[i * k + c] = classes[c].extent === 'ccd' ? 0 : weights[c];
      const target = batch.cells.subarray((i * k + c) * rows * columns, (i * k + c + 1) * rows * columns);
      let present = 0;
      for (let j = 0; j < cells.length; j++) present += target[j] = (cells[j] >>> c) & 1;
      batch.cellEmphasis[i * k + c] = emphasis(present, cells.length);
    }
    const size = channels.length * width * height;
    viewImage(sample.image, batch.image.subarray(i * size, (i + 1) * size), width, height, perCell, view);
    const evidence = evidenceKinds.length * rows * columns;
    viewPlanes(
      sample.evidence,
      batch.evidence.subarray(i * evidence, (i + 1) * evidence),
      { width: columns, height: rows, perCell: 1, planes: evidenceKinds.length },
      view,
    );
    viewStars(sample.stars, batch.stars.subarray(i * starSize ** 2, (i + 1) * starSize ** 2), starSize, view);
    const numbers = batch.scalars.subarray(i * scalars.length, (i + 1) * scalars.length);
    numbers.set(sample.scalars);
    if (view.cropped) {
      const count = scalars.indexOf('log star count');
      const area = (view.columns * view.rows) / (columns * rows);
      numbers[count] = Math.log1p(Math.expm1(3 * numbers[count]) * area) / 3;
      // As in `measureCcd`: a part has no patterns of the whole.
      numbers.fill(0, firstPattern);
    }
  }
  return batch;
}

/** Cells with an artifact weigh together as much as this share of all cells, however few they are … */
const emphasisShare = 0.02;
/** … within these bounds for one cell. */
const [leastWeight, largestWeight] = [2, 60];

/**
 * How much more than others a cell with the artifact weighs: a cosmic ray lights three cells, a ghost ten thousand, and in a plain mean
 * over cells only the ghost would be learned.
 */
function emphasis(present: number, cells: number): number {
  if (present === 0) return 0;
  return Math.min(largestWeight, Math.max(leastWeight, (emphasisShare * cells) / present)) - 1;
}

/** What part of a sample is shown, in cells of the flipped sample; it is put into the canvas's first corner. */
interface View {
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly cropped: boolean;
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
}

/** Smallest side of a window, in cells: 128 px. */
const smallestWindow = 8;

function drawView(columns: number, rows: number, augmentation: Augmentation | undefined): View {
  if (!augmentation) {
    return { flipX: false, flipY: false, cropped: false, left: 0, top: 0, columns, rows };
  }
  const { rng, crop } = augmentation;
  const flips = { flipX: rng.chance(0.5), flipY: rng.chance(0.5) };
  if (!rng.chance(crop)) return { ...flips, cropped: false, left: 0, top: 0, columns, rows };
  const width = rng.integer(Math.min(smallestWindow, columns), columns);
  const height = rng.integer(Math.min(smallestWindow, rows), rows);
  const left = rng.integer(0, columns - width);
  const top = rng.integer(0, rows - height);
  return { ...flips, cropped: true, left, top, columns: width, rows: height };
}

function viewCells(cells: Uint32Array, columns: number, rows: number, view: View): Uint32Array {
  const out = new Uint32Array(cells.length);
  for (let y = 0; y < view.rows; y++) {
    const v = view.flipY ? rows - 1 - (y + view.top) : y + view.top;
    for (let x = 0; x < view.columns; x++) {
      const u = view.flipX ? columns - 1 - (x + view.left) : x + view.left;
      out[y * columns + x] = cells[v * columns + u]!;
    }
  }
  return out;
}

/** A local class is in the window only where one of its cells is. */
function snrInView(snr: Float32Array, cells: Uint32Array, classes: readonly ArtifactClass[]): Float32Array {
  let seen = 0;
  for (const bits of cells) seen |= bits;
  return snr.map((value, c) => (classes[c].extent === 'ccd' || ((seen >>> c) & 1) === 1 ? value : 0));
}

const firstPattern = scalars.length - patternNames.length;
const maskedChannel = channels.indexOf('masked fraction');
const mirroredChannel = channels.indexOf('brightest of the other amplifier');

function viewImage(
  image: Uint8Array,
  out: Float32Array,
  width: number,
  height: number,
  perCell: number,
  view: View,
): void {
  viewPlanes(image, out, { width, height, perCell, planes: channels.length }, view);
  if (!view.cropped) return;
  const area = width * height;
  // As in `ccdFeatures`: what lies outside counts as masked, and only a whole CCD has another amplifier.
  out.fill(0, mirroredChannel * area, (mirroredChannel + 1) * area);
  for (let y = 0; y < height; y++) {
    const row = maskedChannel * area + y * width;
    out.fill(1, row + (y < view.rows * perCell ? view.columns * perCell : 0), row + width);
  }
}

/** The window of each plane, flipped, in the first corner of its place in `out`; zeros around it. */
function viewPlanes(
  bytes: Uint8Array,
  out: Float32Array,
  {
    width,
    height,
    perCell,
    planes,
  }: { readonly width: number; readonly height: number; readonly perCell: number; readonly planes: number },
  view: View,
): void {
  const right = view.columns * perCell;
  const bottom = view.rows * perCell;
  const left = view.left * perCell;
  const top = view.top * perCell;
  if (view.cropped) out.fill(0);
  for (let plane = 0; plane < planes; plane++) {
    const base = plane * width * height;
    for (let y = 0; y < bottom; y++) {
      const v = view.flipY ? height - 1 - (y + top) : y + top;
      const from = base + v * width;
      const to = base + y * width;
      if (view.flipX) {
        for (let x = 0; x < right; x++) out[to + x] = dequantised[bytes[from + width - 1 - x - left]]!;
      } else {
        for (let x = 0; x < right; x++) out[to + x] = dequantised[bytes[from + x + left]]!;
      }
    }
  }
}

function viewStars(stars: Float32Array, out: Float32Array, size: number, view: View): void {
  for (let y = 0; y < size; y++) {
    const v = view.flipY ? size - 1 - y : y;
    for (let x = 0; x < size; x++) out[y * size + x] = stars[v * size + (view.flipX ? size - 1 - x : x)]!;
  }
}
