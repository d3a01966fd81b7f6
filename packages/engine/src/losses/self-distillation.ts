import type { Operations } from '../operations.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

export interface SelfDistillationTensors {
  /** The student's head for every crop, [N, K] each; the first ones are of the teacher's own crops. */
  readonly student: readonly Tensor[];
  /** The teacher's head for the large crops, [N, K] each: fed as data, so that no gradient goes there. */
  readonly teacher: readonly Tensor[];
  /** Centre of the teacher's outputs, [1, K], fed too; {@link updateCenter} keeps it up. */
  readonly center: Tensor;
}

export interface SelfDistillationOptions {
  /** 0.1, the paper's. */
  readonly studentTemperature?: number;
  /** Below the student's, which sharpens: 0.04 at first, the paper warms it up to 0.07. */
  readonly teacherTemperature?: number;
}

/**
 * DINO's loss (Caron et al. 2021, algorithm 1): cross-entropy −Σ softmax((t − c)/τₜ)·log softmax(s/τₛ), mean over samples and over all
 * pairs of a teacher's crop with another crop of the student. The teacher has the student's architecture and the moving average of
 * its weights. Centring keeps one class from taking all, sharpening keeps the answer from becoming even: either alone collapses.
 */
export function selfDistillation(
  b: Operations,
  { student, teacher, center }: SelfDistillationTensors,
  { studentTemperature = 0.1, teacherTemperature = 0.04 }: SelfDistillationOptions = {},
): Tensor {
  if (!(studentTemperature > 0) || !(teacherTemperature > 0)) {
    throw new RangeError(`temperatures ${studentTemperature} and ${teacherTemperature} must be above 0`);
  }
  const [first] = student;
  for (const head of [...student, ...teacher]) {
    if (head.shape.length !== 2 || head.shape[1] !== first.shape[1] || head.shape[0] !== first.shape[0]) {
      throw new ShapeError(
        `loss "selfDistillation": heads ${formatShape(first.shape)} and ${formatShape(head.shape)} must all be the same ` +
          '[batch, outputs]; give crops of the same samples',
      );
    }
  }
  if (center.shape.length !== 2 || center.shape[0] !== 1 || center.shape[1] !== first.shape[1]) {
    throw new ShapeError(
      `loss "selfDistillation": centre ${formatShape(center.shape)} does not fit ${formatShape(first.shape)}; it must be ` +
        `[1, ${first.shape[1]}]`,
    );
  }
  const logs = student.map((head) => b.logSoftmax(b.scale(head, 1 / studentTemperature)));
  const targets = teacher.map((head) => b.softmax(b.scale(b.sub(head, center), 1 / teacherTemperature)));
  const pairs = targets.flatMap((target, t) =>
    logs.flatMap((log, s) => (s === t ? [] : [b.mean(b.sum(b.mul(target, log), [1]))])),
  );
  if (pairs.length === 0) {
    throw new RangeError(
      `${student.length} student and ${teacher.length} teacher crops make no pair of different crops; give one more`,
    );
  }
  return b.scale(
    pairs.reduce((total, pair) => b.add(total, pair)),
    -1 / pairs.length,
  );
}

/**
 * Moves the centre towards the mean of the teacher's outputs after a step, c ← m·c + (1 − m)·mean (Caron et al. 2021, eq. 4).
 * `outputs` holds rows of as many numbers as the centre has, for all crops. Throws RangeError where they do not fill rows.
 */
export function updateCenter(center: Float32Array, outputs: Float32Array, momentum = 0.9): void {
  const width = center.length;
  const rows = outputs.length / width;
  if (!Number.isInteger(rows) || rows < 1) {
    throw new RangeError(
      `${outputs.length} outputs do not fill rows of the centre's ${width}; give whole rows`,
    );
  }
  for (let k = 0; k < width; k++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += outputs[row * width + k];
    center[k] = momentum * center[k] + (1 - momentum) * (sum / rows);
  }
}
