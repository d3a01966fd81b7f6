import { estimateBackground } from '@blemish/imaging';
import type { Background } from '@blemish/imaging';

/** The survey's mesh, pixels. */
export const surveyMesh = 256;
/** The sky is estimated on every fourth pixel of every fourth row: 4096 pixels a mesh give it to 0.02 σ. */
const stride = 4;

/** Every fourth pixel of a plane and its mask, for sky estimates. */
export interface SkySample {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  readonly mask: Uint8Array;
  /** Index in the full plane of each pixel of the sample. */
  readonly index: Int32Array;
  readonly fullWidth: number;
  readonly fullHeight: number;
}

export function sampleSky(
  plane: Float32Array,
  mask: Uint16Array,
  fullWidth: number,
  fullHeight: number,
): SkySample {
  const width = Math.ceil(fullWidth / stride);
  const height = Math.ceil(fullHeight / stride);
  const data = new Float32Array(width * height);
  const bad = new Uint8Array(width * height);
  const index = new Int32Array(width * height);
  for (let j = 0; j < height; j++) {
    const base = Math.min(j * stride + 1, fullHeight - 1) * fullWidth;
    for (let i = 0; i < width; i++) {
      const full = base + Math.min(i * stride + 1, fullWidth - 1);
      const at = j * width + i;
      index[at] = full;
      data[at] = plane[full];
      bad[at] = mask[full] === 0 ? 0 : 1;
    }
  }
  return { width, height, data, mask: bad, index, fullWidth, fullHeight };
}

/** The survey's sky map, for the full plane, from pixels of the sample (`data`, by default its own). */
export function surveySky(sample: SkySample, data: Float32Array = sample.data): Background {
  const { width, height, mask, fullWidth, fullHeight } = sample;
  const small = estimateBackground({ width, height, data }, { mesh: surveyMesh / stride, mask });
  return {
    ...small,
    width: fullWidth,
    height: fullHeight,
    meshWidth: Math.min(surveyMesh, fullWidth),
    meshHeight: Math.min(surveyMesh, fullHeight),
  };
}

/** One sky map minus another of the same mesh. */
export function skyDifference(a: Background, b: Background): Background {
  return { ...a, level: a.level.map((value, i) => value - b.level[i]) };
}
