import type { Action, JudgementRecord } from '../analyser/types.ts';
import { median } from './median.ts';
import type { Row } from '../tables/column.ts';
import { qualityColumns } from '../tables/columns.ts';

/** What the roll-up keeps of an image; quality by the names of `qualityColumns`. */
export interface RollUpImage {
  readonly ccd: string;
  readonly band: string | null;
  readonly mjd: number | null;
  readonly probability: number | null;
  readonly flagged: boolean;
  readonly action: Action;
  readonly maskedFraction: number;
  readonly quality: Readonly<Record<string, number | null>>;
  /** Flagged class with the largest probability; null when none is. */
  readonly worstClass: { readonly name: string; readonly probability: number } | null;
  /** By a model of exposures. */
  readonly judgement?: JudgementRecord | undefined;
}

/** One row of `exposures` from the images of an exposure. */
export function exposureRow(exposure: string, images: readonly RollUpImage[], events: number): Row {
  const worst = images.reduce<RollUpImage | null>(
    (best, image) =>
      image.probability !== null && image.probability > (best?.probability ?? -1) ? image : best,
    null,
  );
  const worstClass = images.reduce<RollUpImage['worstClass']>(
    (best, { worstClass: own }) => (own !== null && own.probability > (best?.probability ?? -1) ? own : best),
    null,
  );
  return {
    exposure,
    band: images[0]?.band ?? null,
    mjd: images[0]?.mjd ?? null,
    n_ccds: images.length,
    n_flagged: images.filter((image) => image.flagged).length,
    n_events: events,
    max_probability: worst?.probability ?? null,
    worst_class: worstClass?.name ?? null,
    worst_ccd: worst?.ccd ?? null,
    action: exposureAction(images),
    masked_fraction: median(images.map((image) => image.maskedFraction)),
    ...Object.fromEntries(
      qualityColumns.map(({ name }) => [name, median(images.map((image) => image.quality[name] ?? null))]),
    ),
  };
}

/** Half the CCDs to reject and the exposure goes; fewer, or any doubtful one, and somebody should look. */
function exposureAction(images: readonly RollUpImage[]): Action {
  const count = (action: Action): number => images.filter((image) => image.action === action).length;
  if (count('reject') > 0 && count('reject') * 2 >= images.length) return 'reject';
  if (count('reject') + count('review') > 0) return 'review';
  return count('mask') > 0 ? 'mask' : 'ok';
}
