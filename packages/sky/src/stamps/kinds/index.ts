import type { StampClass } from '../classes.ts';
import type { KindContext, Planted } from '../planted.ts';
import { badColumn, bleed, cosmicRayHit, hotPixel, spike, trail } from './artifacts.ts';
import { bronze, gold, moving, other, silver, transient, variable } from './real.ts';
import { badKernel, dipole, saturatedStar } from './residuals.ts';

export type DrawKind = (context: KindContext) => Planted;

/** Causes of each class and how often each is drawn. */
export const kindsOfClass: Readonly<
  Record<StampClass, readonly (readonly [weight: number, draw: DrawKind])[]>
> = {
  artifact: [
    [25, cosmicRayHit],
    [14, hotPixel],
    [11, badColumn],
    [12, spike],
    [10, bleed],
    [13, trail],
    [15, badKernel],
  ],
  dipole: [[1, dipole]],
  'saturated star': [[1, saturatedStar]],
  moving: [[1, moving]],
  variable: [[1, variable]],
  transient: [[1, transient]],
  'SN other': [[1, other]],
  'SN bronze': [[1, bronze]],
  'SN silver': [[1, silver]],
  'SN gold': [[1, gold]],
};
