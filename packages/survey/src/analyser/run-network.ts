import type { LoadedModel } from '@blemish/engine';
import type { CellMap } from '../masks/frame.ts';
import { ccdFeatures } from '../preprocess/ccd-features.ts';
import type { CcdMeasurement } from '../preprocess/ccd-features.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';

/** What the network says of a whole image. */
export interface NetworkOutput {
  /** One per class. */
  readonly logits: Float32Array;
  /** The map of class k; values are probabilities of a cell, uncalibrated. Made when asked for: most CCDs have no artifact to outline. */
  map(k: number): CellMap;
}

/** The maps' logits on one canvas, [class, mapHeight, mapWidth], and the cell its first one lies on. */
interface CanvasMap {
  readonly left: number;
  readonly top: number;
  readonly logits: ArrayLike<number>;
}

/**
 * Runs the network over a measured image: once where it fits the canvas, else over evenly spread canvases that together cover it, taking
 * the highest answer of each class (an artifact anywhere is an artifact) and of each cell.
 */
export async function runNetwork(
  model: LoadedModel,
  ccd: CcdMeasurement,
  settings: PreprocessSettings,
  cellSize: number,
  classes: number,
): Promise<NetworkOutput> {
  const perCell = cellSize / settings.binFactor;
  const { canvasWidth, canvasHeight } = settings;
  const mapWidth = canvasWidth / perCell;
  const mapHeight = canvasHeight / perCell;
  const columns = Math.ceil(ccd.plane.width / cellSize);
  const rows = Math.ceil(ccd.plane.height / cellSize);
  const logits = new Float32Array(classes).fill(-Infinity);
  const canvases: CanvasMap[] = [];
  for (const top of starts(ccd.bins.height, canvasHeight, perCell)) {
    for (const left of starts(ccd.bins.width, canvasWidth, perCell)) {
      const { image, evidence, stars, scalars } = ccdFeatures(ccd, settings, left, top);
      const result = await model.run({ image, evidence, stars, scalars });
      const answer = result['logits'].data;
      for (let k = 0; k < classes; k++) logits[k] = Math.max(logits[k], answer[k]);
      canvases.push({ left: left / perCell, top: top / perCell, logits: result['map'].data });
    }
  }
  const map = (k: number): CellMap => {
    const values = new Float32Array(columns * rows);
    for (const canvas of canvases) {
      const width = Math.min(mapWidth, columns - canvas.left);
      const height = Math.min(mapHeight, rows - canvas.top);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const at = (y + canvas.top) * columns + x + canvas.left;
          const p = 1 / (1 + Math.exp(-canvas.logits[(k * mapHeight + y) * mapWidth + x]));
          if (p > values[at]) values[at] = p;
        }
      }
    }
    return { columns, rows, values, size: cellSize };
  };
  return { logits, map };
}

/** First bins of the canvases that cover `length` bins, on cell borders. */
export function starts(length: number, canvas: number, perCell: number): number[] {
  const count = Math.ceil(length / canvas);
  if (count === 1) return [0];
  return Array.from(
    { length: count },
    (_, i) => Math.floor((i * (length - canvas)) / (count - 1) / perCell) * perCell,
  ).map((start, i) => (i === count - 1 ? Math.ceil((length - canvas) / perCell) * perCell : start));
}
