import type { Operations } from '../operations.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

export interface SelfDistillationTensors {
  /** The student's head for every crop, [N, crops, K]; the first ones are the teacher's own crops. */
  readonly student: Tensor;
  /** The teacher's head for the large crops less its running mean (`Builder.center`), [N, large, K]; made without gradient. */
  readonly teacher: Tensor;
}

export interface SelfDistillationOptions {
  /** 0.1, the paper's. */
  readonly studentTemperature?: number;
  /** Below the student's, which sharpens: 0.04 at first, the paper warms it up to 0.07. A tensor [N, 1, 1] can change from step to step. */
  readonly teacherTemperature?: number | Tensor;
  /**
   * Rounds of Sinkhorn–Knopp, which share out the batch evenly among the outputs before it is answered (Caron et al. 2020, SwAV; DINOv2 takes 3);
   * 0, the default, leaves that to the centre. Exponentials of teacher / temperature are taken as they are: sizes up to 80, as cosines have.
   */
  readonly sinkhorn?: number;
}

export interface SelfDistillationLoss {
  readonly loss: Tensor;
  /** Mean entropy of the teacher's answers, of log K at most where they are even, of 0 at least where one output has all. */
  readonly entropy: Tensor;
  /** Entropy of the batch's mean answer: 0 where all samples get one and the same output. */
  readonly spread: Tensor;
}

/**
 * DINO's loss (Caron et al. 2021, algorithm 1): cross-entropy −Σ softmax((t − c)/τₜ)·log softmax(s/τₛ), mean over samples and over all
 * pairs of a teacher's crop with another crop of the student. The teacher has the student's architecture and the moving average of
 * its weights. Centring keeps one class from taking all, sharpening keeps the answer from becoming even: either alone collapses. With
 * `sinkhorn` the teacher's softmax is taken over rounds of equal sums in turns, and what a centre would take away cancels.
 */
export function selfDistillation(
  b: Operations,
  { student, teacher }: SelfDistillationTensors,
  { studentTemperature = 0.1, teacherTemperature = 0.04, sinkhorn = 0 }: SelfDistillationOptions = {},
): SelfDistillationLoss {
  const isNumber = typeof teacherTemperature === 'number';
  if (!(studentTemperature > 0) || (isNumber && !(teacherTemperature > 0))) {
    throw new RangeError(
      `temperatures ${studentTemperature} and ${isNumber ? teacherTemperature : 'a tensor'} must be above 0`,
    );
  }
  const crops = student.shape[1];
  const large = teacher.shape[1];
  const fits = [0, 2].every((axis) => student.shape[axis] === teacher.shape[axis]);
  if (student.shape.length !== 3 || teacher.shape.length !== 3 || !fits || large > crops) {
    throw new ShapeError(
      `loss "selfDistillation": heads ${formatShape(student.shape)} and ${formatShape(teacher.shape)} must be ` +
        '[batch, crops, outputs] of the same samples, the teacher’s crops among the student’s',
    );
  }
  if (crops < 2) {
    throw new RangeError(`${crops} crop makes no pair of different crops; give one more`);
  }
  const logs = b.logSoftmax(b.scale(student, 1 / studentTemperature));
  const sharpened = isNumber ? b.scale(teacher, 1 / teacherTemperature) : b.div(teacher, teacherTemperature);
  const targets = sinkhorn > 0 ? sharedOut(b, sharpened, sinkhorn) : b.softmax(sharpened);
  // Σ over pairs of different crops is that over all pairs less that over equal ones.
  const own = large === crops ? logs : b.slice(logs, 1, 0, large);
  const all = b.sum(b.mul(b.sum(targets, [1]), b.sum(logs, [1])));
  const equal = b.sum(b.mul(targets, own));
  const samples = student.shape[0];
  const mean = b.mean(targets, [0, 1]);
  return {
    loss: b.scale(b.sub(equal, all), 1 / (samples * large * (crops - 1))),
    entropy: b.scale(entropySum(b, targets), 1 / (samples * large)),
    spread: entropySum(b, mean),
  };
}

/** −Σ p·log p. */
function entropySum(b: Operations, p: Tensor): Tensor {
  return b.neg(b.sum(b.mul(p, b.log(b.add(p, b.scalar(1e-12))))));
}

/** e^x in turns divided by the sums of outputs over the batch and by those of crops over outputs, [N, large, K], which sum to 1 in the end. */
function sharedOut(b: Operations, x: Tensor, rounds: number): Tensor {
  let q = b.exp(x);
  for (let k = 0; k < rounds; k++) {
    q = b.div(q, b.sum(q, [0, 1], true));
    q = b.div(q, b.sum(q, [2], true));
  }
  return q;
}
