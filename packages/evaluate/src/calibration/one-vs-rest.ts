import { calibrate } from './apply.ts';
import { fitIsotonic } from './isotonic.ts';
import { fitPlatt } from './platt.ts';
import { checkLogits } from './softmax-temperature.ts';
import type { MulticlassCalibrationData } from './softmax-temperature.ts';
import type { Calibration, NotCalibrated } from './types.ts';

/** A calibration a class, each against the rest; plain data. */
export interface OneVsRestCalibration {
  readonly kind: 'one-vs-rest';
  readonly classes: readonly Calibration[];
}

/**
 * Platt or isotonic calibration of K classes: each class against the rest, then the row is divided by its sum (Zadrozny and
 * Elkan 2002, §4). The likeliest class may change. Returns why not where a class has no example.
 * @throws RangeError as `fitSoftmaxTemperature`.
 */
export function fitOneVsRest(
  data: MulticlassCalibrationData,
  method: 'platt' | 'isotonic',
): OneVsRestCalibration | NotCalibrated {
  checkLogits(data);
  const { logits, labels, classes: k } = data;
  const fitted: Calibration[] = [];
  for (let c = 0; c < k; c++) {
    const scores = Float64Array.from({ length: labels.length }, (_, i) => logits[i * k + c]);
    const own = Uint8Array.from(labels, (label) => (label === c ? 1 : 0));
    if (!own.includes(1)) return { kind: 'none', reason: `class ${c} has no example to calibrate on` };
    const one = (method === 'platt' ? fitPlatt : fitIsotonic)({ scores, labels: own });
    if (one.kind === 'none') return { kind: 'none', reason: `class ${c}: ${one.reason}` };
    fitted.push(one);
  }
  return { kind: 'one-vs-rest', classes: fitted };
}

/** [n, K] probabilities, rows summing to 1; a row whose every class is at 0 becomes equal shares. NaN in, NaN out. */
export function applyOneVsRest({ classes }: OneVsRestCalibration, logits: ArrayLike<number>): Float64Array {
  const k = classes.length;
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += k) {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += out[at + c] = calibrate(classes[c], logits[at + c]);
    for (let c = 0; c < k; c++) out[at + c] = sum === 0 ? 1 / k : out[at + c] / sum;
  }
  return out;
}
