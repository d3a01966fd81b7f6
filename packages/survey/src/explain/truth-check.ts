import { SurveyError } from '../errors.ts';
import { openNpyStamps } from '../stamps/npy-source.ts';
import type { StampBundle } from '../stamps/stamp-batch.ts';
import { stampSetColumn } from '../stamps/open-stamp-set.ts';
import { findStampSet, stampSetTruth } from '../stamps/stamp-set.ts';
import { centreControl, heatInTruth, truthFigures } from './heat-in-truth.ts';
import type { HeatInTruth, TruthEntry, TruthFigures } from './heat-in-truth.ts';
import { openStampExplainer } from './stamp-explainer.ts';
import type { ExplainerOptions, StampExplainer, StampExplanation } from './stamp-explainer.ts';

/** Networks with weights drawn anew that an explanation is compared with. */
export const randomDraws = 5;

/**
 * Measures how much of the heat lies where the truth of a set is, beside what a Gaussian at the centre, another stamp's heat and networks with
 * all weights drawn anew get (Adebayo et al. 2018).
 */
export class TruthCheck {
  readonly #truth: readonly Uint8Array[];
  readonly #labels: readonly string[];
  readonly #groups: readonly string[];
  readonly #drawn: readonly StampExplainer[];
  readonly #centre: Float32Array;
  readonly #entries: Omit<TruthEntry, 'other'>[] = [];
  readonly #heats: Float32Array[] = [];
  readonly #masks: Uint8Array[] = [];

  private constructor(
    truth: readonly Uint8Array[],
    labels: readonly string[],
    groups: readonly string[],
    drawn: readonly StampExplainer[],
    centre: Float32Array,
  ) {
    this.#truth = truth;
    this.#labels = labels;
    this.#groups = groups;
    this.#drawn = drawn;
    this.#centre = centre;
  }

  /**
   * @param inputs one set of stamps with `truth.npy`
   * @throws SurveyError STAMP_SET_INVALID, TABLE_…, ARRAY_INVALID
   */
  static async open(
    bundle: StampBundle,
    inputs: readonly string[],
    label: string,
    options: ExplainerOptions,
  ): Promise<TruthCheck> {
    const files = inputs.length === 1 ? findStampSet(inputs[0]) : null;
    if (files === null) {
      throw new SurveyError(
        'STAMP_SET_INVALID',
        'truth is measured on one folder with stamps.npy and truth.npy',
        {
          path: inputs.join(', '),
        },
      );
    }
    const { input } = bundle.description;
    const source = await openNpyStamps(files.stamps, input, {});
    const { count } = source;
    await source.close();
    const truth = await stampSetTruth(files, { count, ...input });
    const labels = await stampSetColumn(files, label, 'label', count);
    const groups = await stampSetColumn(files, 'group', 'group', count).catch((error: unknown) => {
      // Without groups each stamp stands for itself.
      if (error instanceof SurveyError && error.code === 'TABLE_COLUMN_MISSING')
        return labels.map((_, n) => String(n));
      throw error;
    });
    const { seed = 0 } = options;
    const drawn: StampExplainer[] = [];
    for (let draw = 0; draw < randomDraws; draw++)
      drawn.push(await openStampExplainer(bundle, { ...options, randomise: 'all', seed: seed + draw }));
    return new TruthCheck(truth, labels, groups, drawn, centreControl(input));
  }

  /** The class that stamp `n` is explained as: its label, where the network knows it. */
  classOf(n: number, classes: readonly string[]): string | undefined {
    return classes.includes(this.#labels[n]) ? this.#labels[n] : undefined;
  }

  /**
   * Adds explained stamps of the set.
   * @param pixels each [C, H, W]
   * @returns where the heat of each lies; null for one without an explanation or without truth
   */
  async add(
    places: readonly number[],
    pixels: readonly Float64Array[],
    explanations: readonly (StampExplanation | null)[],
  ): Promise<(HeatInTruth | null)[]> {
    const classes = explanations.map((each) => each?.className);
    const random = new Float64Array(places.length);
    for (const explainer of this.#drawn) {
      const copies = pixels.map((stamp) => stamp.slice());
      (await explainer.explain(copies, classes)).forEach((each, k) => {
        if (each !== null) random[k] += heatInTruth(each.heat, this.#truth[places[k]]).inside / randomDraws;
      });
    }
    return places.map((n, k) => {
      const explanation = explanations[k];
      const mask = this.#truth[n];
      if (explanation === null || !mask.includes(1)) return null;
      const heat = heatInTruth(explanation.heat, mask);
      const centre = heatInTruth(this.#centre, mask).inside;
      this.#entries.push({ heat, centre, randomised: random[k], group: this.#groups[n] });
      this.#heats.push(explanation.heat);
      this.#masks.push(mask);
      return heat;
    });
  }

  /** Figures of all that was added. @throws SurveyError STAMP_SET_INVALID where none had truth */
  figures(path: string, seed = 0): TruthFigures {
    const { length } = this.#entries;
    if (length === 0) {
      throw new SurveyError('STAMP_SET_INVALID', 'no explained stamp has truth', { path });
    }
    const entries = this.#entries.map((entry, k) => {
      const other = heatInTruth(this.#heats[(k + 1) % length], this.#masks[k]).inside;
      return { ...entry, other };
    });
    return truthFigures(entries, seed);
  }

  async close(): Promise<void> {
    for (const explainer of this.#drawn) await explainer.close();
  }
}
