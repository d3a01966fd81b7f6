import type { LoadedModel } from '@blemish/engine';
import type { CellMap } from '../masks/frame.ts';
import { ccdFeatures } from '../preprocess/ccd-features.ts';
import type { CcdMeasurement } from '../preprocess/ccd-features.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';

/** What the network says of a whole image. */
export interface NetworkOutput {
  /** One per class, then any artifact. */
  readonly logits: Float32Array;
  /** One map per class; values are probabilities of a cell, uncalibrated. */
  readonly maps: readonly CellMap[];
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
  const logits = new Float32Array(classes + 1).fill(-Infinity);
  const maps = Array.from({ length: classes }, () => ({
    columns,
    rows,
    values: new Float32Array(columns * rows),
    size: cellSize,
  }));
  for (const top of starts(ccd.bins.height, canvasHeight, perCell)) {
    for (const left of starts(ccd.bins.width, canvasWidth, perCell)) {
      const { image, stars, scalars } = ccdFeatures(ccd, settings, left, top);
      const result = await model.run({ image, stars, scalars });
      const answer = result['logits'].data;
      for (let k = 0; k <= classes; k++) logits[k] = Math.max(logits[k], answer[k]);
      const map = result['map'].data;
      const cellLeft = left / perCell;
      const cellTop = top / perCell;
      const width = Math.min(mapWidth, columns - cellLeft);
      const height = Math.min(mapHeight, rows - cellTop);
      for (let k = 0; k < classes; k++) {
        const { values } = maps[k];
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const at = (y + cellTop) * columns + x + cellLeft;
            const p = 1 / (1 + Math.exp(-map[(k * mapHeight + y) * mapWidth + x]));
            if (p > values[at]) values[at] = p;
          }
        }
      }
    }
  }
  return { logits, maps };
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
