import { unusable } from './frame.ts';
import type { CellMap, Grow, GrowFrame } from './frame.ts';

/** A straight line: point (x, y), unit direction (dx, dy); its normal is (−dy, dx). Pixels. */
interface Line {
  x: number;
  y: number;
  dx: number;
  dy: number;
}

const maximumLines = 4;
/** Cells farther than this many cell sides from a line are not its. */
const inlierCells = 1.2;
/** Pixels along a line whose median makes one profile; its noise is 1.25σ/√256 = 0.08σ. */
const segmentLength = 256;
const halfWindow = 24;

/**
 * Straight trails (satellites). Lines are found among the active cells, centred on the pixels by the trail's own cross-profile, and
 * followed over the whole image: where the median profile of a 256-px stretch exceeds 0.5σ around the line, so far is the trail
 * masked. A trail is thus masked where the coarse map missed it, as wide as it is there, and not where it has faded.
 */
export const growLine: Grow = (frame, cells, threshold, out) => {
  let points = activePoints(cells, threshold);
  for (let found = 0; found < maximumLines && points.length >= 3; found++) {
    const line = bestLine(points, inlierCells * cells.size);
    if (line === null) break;
    points = points.filter(([x, y]) => Math.abs(offset(line, x, y)) > 2 * inlierCells * cells.size);
    // Twice: the first centring uses a wide window and may be pulled by what else is in it.
    centre(frame, line, halfWindow);
    centre(frame, line, halfWindow / 2);
    markTrail(frame, line, out);
  }
};

function activePoints(cells: CellMap, threshold: number): (readonly [number, number])[] {
  const points: [number, number][] = [];
  for (let row = 0; row < cells.rows; row++) {
    for (let column = 0; column < cells.columns; column++) {
      if (cells.values[row * cells.columns + column] >= threshold) {
        points.push([(column + 0.5) * cells.size, (row + 0.5) * cells.size]);
      }
    }
  }
  return points;
}

function offset(line: Line, x: number, y: number): number {
  return -line.dy * (x - line.x) + line.dx * (y - line.y);
}

/** The line through two points that most points lie near, fitted to them by total least squares; null where fewer than three do. */
function bestLine(points: readonly (readonly [number, number])[], distance: number): Line | null {
  // Pairs of at most 48 evenly chosen points: a trail that holds a tenth of the cells still has ten pairs among them.
  const stride = Math.max(1, Math.ceil(points.length / 48));
  let best: Line | null = null;
  let most = 2;
  for (let i = 0; i < points.length; i += stride) {
    for (let j = i + stride; j < points.length; j += stride) {
      const [x, y] = points[i];
      const length = Math.hypot(points[j][0] - x, points[j][1] - y);
      if (length < 3 * distance) continue;
      const line: Line = { x, y, dx: (points[j][0] - x) / length, dy: (points[j][1] - y) / length };
      let inliers = 0;
      for (const [u, v] of points) if (Math.abs(offset(line, u, v)) < distance) inliers++;
      if (inliers > most) {
        most = inliers;
        best = line;
      }
    }
  }
  if (best === null) return null;
  const chosen = best;
  return leastSquares(points.filter(([x, y]) => Math.abs(offset(chosen, x, y)) < distance));
}

function leastSquares(points: readonly (readonly [number, number])[]): Line {
  const n = points.length;
  const x = points.reduce((sum, [u]) => sum + u, 0) / n;
  const y = points.reduce((sum, [, v]) => sum + v, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [u, v] of points) {
    xx += (u - x) ** 2;
    xy += (u - x) * (v - y);
    yy += (v - y) ** 2;
  }
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  return { x, y, dx: Math.cos(angle), dy: Math.sin(angle) };
}

/** The stretch of the line inside the image, as distances from (x, y); null where it misses the image. */
function chord(line: Line, width: number, height: number): readonly [number, number] | null {
  let from = -Infinity;
  let to = Infinity;
  for (const [at, direction, end] of [
    [line.x, line.dx, width - 1],
    [line.y, line.dy, height - 1],
  ] as const) {
    if (Math.abs(direction) < 1e-9) {
      if (at < 0 || at > end) return null;
      continue;
    }
    const a = -at / direction;
    const b = (end - at) / direction;
    from = Math.max(from, Math.min(a, b));
    to = Math.min(to, Math.max(a, b));
  }
  return from < to ? [from, to] : null;
}

/** Median profile across the line between `from` and `to`, offsets −half…half, in σ above the profile's own outer thirds. */
function profile(frame: GrowFrame, line: Line, from: number, to: number, half: number): Float32Array {
  const { width, height, data } = frame.plane;
  const out = new Float32Array(2 * half + 1);
  const values = new Float32Array(Math.ceil(to - from) + 1);
  for (let k = -half; k <= half; k++) {
    let n = 0;
    for (let t = from; t <= to; t++) {
      const x = Math.round(line.x + t * line.dx - k * line.dy);
      const y = Math.round(line.y + t * line.dy + k * line.dx);
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const at = y * width + x;
      if (!unusable(frame, at)) values[n++] = data[at]!;
    }
    const sorted = values.subarray(0, n).sort();
    out[k + half] = n === 0 ? 0 : sorted[n >> 1] / frame.rms;
  }
  const edge = Math.max(2, Math.floor(half / 3));
  const outer = Float32Array.from([...out.subarray(0, edge), ...out.subarray(out.length - edge)]).sort();
  const base = outer[outer.length >> 1];
  for (let k = 0; k < out.length; k++) out[k] -= base;
  return out;
}

function segments(line: Line, width: number, height: number): (readonly [number, number])[] {
  const ends = chord(line, width, height);
  if (ends === null) return [];
  const count = Math.max(1, Math.round((ends[1] - ends[0]) / segmentLength));
  const length = (ends[1] - ends[0]) / count;
  return Array.from({ length: count }, (_, i) => [ends[0] + i * length, ends[0] + (i + 1) * length] as const);
}

/** Moves and turns the line onto the trail: a weighted straight fit through the centroids of the stretches' profiles. */
function centre(frame: GrowFrame, line: Line, half: number): void {
  let sw = 0;
  let st = 0;
  let sk = 0;
  let stt = 0;
  let stk = 0;
  for (const [from, to] of segments(line, frame.plane.width, frame.plane.height)) {
    const values = profile(frame, line, from, to, half);
    let weight = 0;
    let moment = 0;
    for (let k = -half; k <= half; k++) {
      const value = values[k + half];
      if (value < 0.3) continue; // below four times the profile's noise
      weight += value;
      moment += value * k;
    }
    if (weight === 0) continue;
    const t = (from + to) / 2;
    const w = Math.min(weight, 20); // one bright star on the line must not turn it
    sw += w;
    st += w * t;
    sk += (w * moment) / weight;
    stt += w * t * t;
    stk += (w * t * moment) / weight;
  }
  if (sw === 0) return;
  const spread = stt - (st * st) / sw;
  const slope = spread > sw * segmentLength ** 2 * 0.1 ? (stk - (st * sk) / sw) / spread : 0;
  const shift = (sk - slope * st) / sw;
  line.x -= shift * line.dy;
  line.y += shift * line.dx;
  const angle = Math.atan2(line.dy, line.dx) + Math.atan(slope);
  line.dx = Math.cos(angle);
  line.dy = Math.sin(angle);
}

function markTrail(frame: GrowFrame, line: Line, out: Uint8Array): void {
  const { width, height } = frame.plane;
  for (const [from, to] of segments(line, width, height)) {
    const values = profile(frame, line, from, to, halfWindow);
    let peak = 0;
    for (let k = -4; k <= 4; k++) if (values[k + halfWindow] > values[peak + halfWindow]) peak = k;
    if (values[peak + halfWindow] <= 0.5) continue;
    let low = peak;
    while (low > -halfWindow && values[low - 1 + halfWindow] > 0.5) low--;
    let high = peak;
    while (high < halfWindow && values[high + 1 + halfWindow] > 0.5) high++;
    // Half-pixel steps leave no holes at any angle.
    for (let t = from; t <= to; t += 0.5) {
      for (let k = low; k <= high; k += 0.5) {
        const x = Math.round(line.x + t * line.dx - k * line.dy);
        const y = Math.round(line.y + t * line.dy + k * line.dx);
        if (x >= 0 && y >= 0 && x < width && y < height) out[y * width + x] = 1;
      }
    }
  }
}
