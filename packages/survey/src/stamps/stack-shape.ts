import { SurveyError } from '../errors.ts';

/** Pixels as they are kept in memory: 8-bit pictures take a byte each, everything else four. */
export type StampPixels = Uint8Array | Float32Array;

/** Extents of a stack of stamps. */
export interface StackExtents {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The extents of a stack [N, H, W, C] or [N, H, W]. @throws SurveyError STAMP_SHAPE */
export function stackShape(shape: readonly number[], path: string): StackExtents {
  const [count, height, width, channels = 1] = shape;
  if ((shape.length === 3 || shape.length === 4) && shape.every((extent) => extent > 0)) {
    return { count, height, width, channels };
  }
  throw new SurveyError(
    'STAMP_SHAPE',
    `holds an array [${shape.join(', ')}] where a set of stamps is [N, H, W, C] or [N, H, W]`,
    { path },
  );
}
