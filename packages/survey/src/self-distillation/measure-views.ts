import type { Metrics, Weights } from '@blemish/engine';
import type { GreyScale } from './crop-view.ts';
import { embeddingHealth } from './embedding-health.ts';
import { embedViews, embeddingSize, encoderOnnx } from './embed-views.ts';
import { probe } from './probe.ts';
import type { ViewNetwork } from './view-network.ts';
import type { ViewParts, ViewSet } from './view-set.ts';

/** CCDs that embeddings are judged on, and labelled ones that the probe compares: more cost time in every epoch and tell no more. */
const [healthRows, probeRows] = [512, 1024];

export interface MeasureOptions {
  readonly transformer: ViewNetwork['transformer'];
  readonly set: ViewSet;
  readonly grey: GreyScale;
  readonly parts: ViewParts;
  readonly threads: number;
}

/** `deviation` and `rank` of held-out embeddings ({@link embeddingHealth}), and `probe` where the set has labels on both sides. */
export async function measureViews(
  weights: Weights,
  { transformer, set, grey, parts, threads }: MeasureOptions,
): Promise<Metrics> {
  const network = encoderOnnx(transformer, set, grey, weights);
  const width = embeddingSize(transformer);
  const embed = (places: Uint32Array) => embedViews(network, set, places, threads);
  const judged = thinned(parts.validation, healthRows);
  const health = judged.length < 2 ? {} : embeddingHealth(await embed(judged), width);
  const { labels } = set;
  if (labels === null) return { ...health };
  const labelled = (part: Uint32Array) =>
    thinned(
      part.filter((place) => labels[place] !== ''),
      probeRows,
    );
  const sides = [labelled(parts.training), labelled(parts.validation)] as const;
  if (sides.some((places) => places.length === 0)) return { ...health };
  const [training, validation] = await Promise.all(
    sides.map(async (places) => ({
      rows: await embed(places),
      labels: Array.from(places, (place) => labels[place]),
    })),
  );
  const share = await probe(training, validation, width);
  return share === null ? { ...health } : { ...health, probe: share };
}

/** At most so many, evenly over the list. */
function thinned(places: Uint32Array, most: number): Uint32Array {
  if (places.length <= most) return places;
  return Uint32Array.from({ length: most }, (_, k) => places[Math.floor((k * places.length) / most)]);
}
