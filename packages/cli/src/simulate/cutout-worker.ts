import type { Transferable } from 'node:worker_threads';
import { serve } from '@blemish/engine/workers';
import type { StampRows } from '@blemish/survey';
import { makeCutouts } from './make-cutouts.ts';
import type { CutoutTask } from './make-cutouts.ts';

/** A thread of `simulate cutouts`. */
serve<CutoutTask, StampRows>(makeCutouts, ({ pixels, truth }) =>
  [pixels, truth].map((array) => array?.buffer as Transferable & ArrayBuffer),
);
