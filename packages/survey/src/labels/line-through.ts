import { unusable } from '../masks/frame.ts';
import type { GrowFrame } from '../masks/frame.ts';
import type { Point } from './shapes.ts';

/** Half length, pixels, of the stretches that are compared. */
const halfLength = 384;
/** Pixels from the click within which the line may pass; a click is good to a third of that. */
const farthest = 24;
const angleStep = Math.PI / 240;
const clip = 3;

/**
 * Points, 4 px apart, along the strongest bright line near a click, over the whole image: of all directions (0.75° apart) and offsets (2 px
 * apart) the one whose mean, pixels clipped to ±3 sky rms so that stars count little, is most significant.
 */
export function lineThrough(frame: GrowFrame, [x0, y0]: Point): Point[] {
  let best = { score: -Infinity, angle: 0, offset: 0 };
  for (let angle = 0; angle < Math.PI; angle += angleStep) {
    for (let offset = -farthest; offset <= farthest; offset += 2) {
      const score = significance(frame, x0, y0, angle, offset);
      if (score > best.score) best = { score, angle, offset };
    }
  }
  const { width, height } = frame.plane;
  const [dx, dy] = [Math.cos(best.angle), Math.sin(best.angle)];
  const [x, y] = [x0 - best.offset * dy, y0 + best.offset * dx];
  const reach = width + height;
  const points: Point[] = [];
  for (let t = -reach; t <= reach; t += 4) {
    const [u, v] = [x + t * dx, y + t * dy];
    if (u >= 0 && v >= 0 && u <= width - 1 && v <= height - 1) points.push([u, v]);
  }
  return points;
}

/** Sum over the stretch in units of its noise. */
function significance(frame: GrowFrame, x0: number, y0: number, angle: number, offset: number): number {
  const { width, height, data } = frame.plane;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  let sum = 0;
  let n = 0;
  for (let t = -halfLength; t <= halfLength; t += 2) {
    const x = Math.round(x0 + t * dx - offset * dy);
    const y = Math.round(y0 + t * dy + offset * dx);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const at = y * width + x;
    if (unusable(frame, at)) continue;
    sum += Math.max(-clip, Math.min(clip, data[at] / frame.rms));
    n++;
  }
  return n < 16 ? -Infinity : sum / Math.sqrt(n);
}
