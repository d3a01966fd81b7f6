import { SurveyError } from '../errors.ts';
import type { HduSelector } from '../inputs/selector.ts';

export const differenceMethods = ['alard-lupton', 'zogy'] as const;
export type DifferenceMethod = (typeof differenceMethods)[number];

/** How the reference is brought onto the science image's pixels. */
export const alignments = ['wcs+stars', 'wcs', 'stars', 'none'] as const;
export type AlignmentKind = (typeof alignments)[number];

/** Which image is blurred to the PSF of the other. */
export const convolved = ['auto', 'reference', 'science'] as const;
export type Convolved = (typeof convolved)[number];

/** One of the two images, as asked for. */
export interface DifferenceInput {
  /** `file.fits`, or `file.fits[3]`, `file.fits[N4]` for one HDU. */
  readonly path: string;
  readonly hdu?: HduSelector | undefined;
  /** Mask file, in place of the one that lies beside the image. */
  readonly mask?: string | undefined;
  /** Electrons a unit, in place of the header's. */
  readonly gain?: number | undefined;
}

export interface DifferenceOptions {
  readonly science: DifferenceInput;
  readonly reference: DifferenceInput;
  /** Folder to write. */
  readonly out: string;
  readonly method?: DifferenceMethod | undefined;
  readonly align?: AlignmentKind | undefined;
  readonly convolve?: Convolved | undefined;
  /** Least |significance| of a candidate (default 5). */
  readonly threshold?: number | undefined;
  /** Degree by which the kernel varies over the image (default 1). */
  readonly kernelDegree?: number | undefined;
  /** Half the side of the kernel less one, pixels (default 10). */
  readonly kernelRadius?: number | undefined;
  /** Side of the stamps, pixels (default 63). */
  readonly stampSize?: number | undefined;
  /** Magnitude of flux 1 of the science image, in place of the header's. */
  readonly zeroPoint?: number | undefined;
  /** Fakes put in to measure the efficiency (default 0), and the seed they are drawn from. */
  readonly fakes?: number | undefined;
  readonly seed?: number | undefined;
  /** Table with the places `x` and `y` of changes that are known: what is found there is no false detection. */
  readonly truth?: string | undefined;
  readonly force?: boolean | undefined;
  /** The command as typed, for the header. */
  readonly command?: string | undefined;
  /** Said as each step begins. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/** The options with their defaults. @throws SurveyError OPTION_INVALID */
export function checkOptions(options: DifferenceOptions) {
  const {
    out,
    method = 'alard-lupton',
    align = 'wcs+stars',
    convolve = 'auto',
    threshold = 5,
    kernelDegree,
    kernelRadius = 10,
    stampSize = 63,
    fakes = 0,
    seed = 1,
  } = options;
  const check = (good: boolean, name: string, value: unknown, range: string) => {
    if (!good) throw new SurveyError('OPTION_INVALID', `--${name} ${String(value)}: it must be ${range}`);
  };
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  check(differenceMethods.includes(method), 'method', method, differenceMethods.join(' or '));
  check(alignments.includes(align), 'align', align, alignments.join(', '));
  check(convolved.includes(convolve), 'convolve', convolve, convolved.join(', '));
  check(threshold > 0 && Number.isFinite(threshold), 'threshold', threshold, 'above 0');
  check(
    kernelDegree === undefined || whole(kernelDegree, 0, 3),
    'kernel-degree',
    kernelDegree,
    'from 0 to 3',
  );
  check(whole(kernelRadius, 3, 30), 'kernel-radius', kernelRadius, 'from 3 to 30');
  check(whole(stampSize, 5, 501), 'stamp-size', stampSize, 'from 5 to 501');
  check(whole(fakes, 0, 1_000_000), 'fakes', fakes, 'a whole number');
  check(options.truth === undefined || fakes > 0, 'truth', options.truth, 'given with --fakes');
  return { out, method, align, convolve, threshold, kernelDegree, kernelRadius, stampSize, fakes, seed };
}
