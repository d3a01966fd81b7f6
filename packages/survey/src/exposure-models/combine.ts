import { applySoftmaxTemperature } from '@blemish/evaluate';
import { matrix } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { asLogits, fitStampTemperature, logitLoss } from '../stamp-models/stamp-figures.ts';
import { meanLogs } from './roll-up.ts';

/**
 * Share of every head's answer that is spread evenly over the categories: a vote of seven neighbours says 0 of a category where it only
 * means that none was near, and one such CCD must not outweigh all the others of its exposure.
 */
const doubt = 0.05;

/** Probabilities of CCDs by several heads as one: their weighted mean logarithm, rows summing to 1. None is 0. */
export function combine(answers: readonly Matrix[], weights: readonly number[]): Matrix {
  const { rows, columns: k } = answers[0];
  const out = matrix(rows, k);
  for (let i = 0; i < rows; i++) {
    const row = out.data.subarray(i * k, (i + 1) * k);
    answers.forEach(({ data }, m) => {
      for (let c = 0; c < k; c++) row[c] += weights[m] * Math.log((1 - doubt) * data[i * k + c] + doubt / k);
    });
    row.set(applySoftmaxTemperature({ kind: 'softmax-temperature', temperature: 1 }, row, k));
  }
  return out;
}

/** [exposures, K] mean log-probability over the CCDs of each: rows of `ccds` by the places in `of`. */
export function exposureLogits(ccds: Matrix, of: readonly (readonly number[])[]): Float64Array {
  const k = ccds.columns;
  const out = new Float64Array(of.length * k);
  of.forEach((places, e) =>
    out.set(
      meanLogs(
        places.map((i) => ccds.data.subarray(i * k, (i + 1) * k)),
        k,
      ),
      e * k,
    ),
  );
  return out;
}

/** What is chosen on exposures that the heads have not seen. */
export interface Combination {
  /** Of each head; sum to 1. */
  readonly weights: readonly number[];
  /** Null: not calibrated. */
  readonly temperature: number | null;
  /** Mean cross-entropy on those exposures. */
  readonly loss: number;
}

/**
 * Weights and temperature of least cross-entropy on labelled exposures. Each head alone is among what is tried, so several are chosen only
 * where they say more than the best one.
 * @param answers of each head on the CCDs
 * @param of places of the CCDs of each exposure
 */
export function chooseCombination(
  answers: readonly Matrix[],
  of: readonly (readonly number[])[],
  y: Int32Array,
  asked: { readonly weights: 'chosen' | 'equal'; readonly calibration: 'temperature' | 'none' },
): Combination {
  const equal = answers.map(() => 1 / answers.length);
  const tried = asked.weights === 'equal' || answers.length === 1 ? [equal] : simplex(answers.length);
  let best: Combination | null = null;
  for (const weights of tried) {
    const found = calibrated(exposureLogits(combine(answers, weights), of), y, answers[0].columns, asked);
    if (best === null || found.loss < best.loss) best = { weights, ...found };
  }
  return best!;
}

function calibrated(
  logs: Float64Array,
  y: Int32Array,
  k: number,
  { calibration }: { readonly calibration: 'temperature' | 'none' },
): Omit<Combination, 'weights'> {
  // Two categories are log-odds of one output to the functions of stamps.
  const logits = k === 2 ? asLogits(logs.map(Math.exp), 1) : logs;
  if (calibration === 'none') return { temperature: null, loss: logitLoss(logits, y, k) };
  const fitted = fitStampTemperature(logits, y, k);
  if (fitted.kind === 'none') return { temperature: null, loss: logitLoss(logits, y, k) };
  const { temperature } = fitted;
  const scaled = logits.map((z) => z / temperature);
  return { temperature, loss: logitLoss(scaled, y, k) };
}

/** Weights that sum to 1, in tenths for two heads, coarser for more. */
function simplex(members: number): number[][] {
  const steps = members === 2 ? 10 : members === 3 ? 6 : 4;
  const out: number[][] = [];
  const fill = (left: number, chosen: readonly number[]): void => {
    if (chosen.length === members - 1) out.push([...chosen, left].map((w) => w / steps));
    else for (let w = 0; w <= left; w++) fill(left - w, [...chosen, w]);
  };
  fill(steps, []);
  return out;
}
