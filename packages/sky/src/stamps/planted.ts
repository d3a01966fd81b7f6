import type { Galaxy } from '../galaxy.ts';
import type { PsfProfile } from '../psf.ts';
import type { Rng } from '../rng.ts';
import type { StampClass } from './classes.ts';
import type { Epoch } from './epoch.ts';

/** A point source of a patch. Places are pixels of the science image, fluxes electrons of a clear exposure. */
export interface PatchSource {
  readonly x: number;
  readonly y: number;
  readonly science: number;
  readonly reference: number;
  /** By how much it lies elsewhere in the reference than the alignment of the two images says, pixels. */
  readonly offsetX?: number;
  readonly offsetY?: number;
  /** Its own profile in the science image, where that is not the field's. */
  readonly psf?: PsfProfile;
}

/** Electrons put into one image: `paint` adds them to a plane whose first pixel is pixel (left, top) of that image's patch. */
export interface Mark {
  readonly epoch: 'science' | 'reference';
  /** Light comes before the noise, charge after it. */
  readonly stage: 'photons' | 'electrons';
  paint(plane: Float32Array, width: number, height: number, left: number, top: number): void;
}

/** What causes one candidate of a patch, and what a catalogue would say of it. */
export interface Planted {
  readonly className: StampClass;
  /** The cause, more finely than the class. */
  readonly kind: string;
  /** Where the candidate is looked for, pixels of the science image, and how far about. */
  readonly x: number;
  readonly y: number;
  readonly reach: number;
  /** The strongest detection within reach (of either sign), or the nearest. */
  readonly take: 'strongest' | 'nearest';
  readonly sources: readonly PatchSource[];
  readonly galaxies: readonly Galaxy[];
  readonly marks: readonly Mark[];
  /** Truth is what the cause itself changes, or where its light leaves a residual in the difference. */
  readonly truth: 'change' | 'residual';
  /** Flux of the change in a clear exposure, electrons, negative where light is missing; of the star for a residual; null without one. */
  readonly flux: number | null;
  readonly hostFlux: number | null;
  readonly hostSeparation: number | null;
  /** Places near which no other candidate may lie. */
  readonly occupied: readonly { readonly x: number; readonly y: number }[];
  /** Distance of a place from what crosses the patch, pixels. */
  distance?(x: number, y: number): number;
}

/** What a kind is drawn from. */
export interface KindContext {
  readonly rng: Rng;
  readonly x: number;
  readonly y: number;
  readonly science: Epoch;
  readonly reference: Epoch;
  /** Directions of the diffraction spikes. */
  readonly spikeAngle: number;
  /** Where pixels that saturate have no value. */
  readonly masked: boolean;
}

/** Fills in what most kinds leave empty: a point that is looked for where it is. */
export function planted(
  { x, y }: { readonly x: number; readonly y: number },
  className: StampClass,
  kind: string,
  rest: Partial<Planted>,
): Planted {
  return {
    ...{ className, kind, x, y, reach: 3, take: 'nearest', sources: [], galaxies: [], marks: [] },
    ...{ truth: 'change', flux: null, hostFlux: null, hostSeparation: null, occupied: [] },
    ...rest,
  };
}
