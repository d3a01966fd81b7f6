import { defineNetwork } from '@blemish/engine';
import type { Builder, DeclaredShape, NetworkDefinition, Tensor } from '@blemish/engine';
import { smallNormal, visionTransformer } from './vision-transformer.ts';
import type { TransformerOptions } from './vision-transformer.ts';

/** Shapes of transformers by name. `base-14` is ViT-B/14 with registers, as DINOv2 has it (without its layer scale). */
export const transformerSizes = {
  tiny: { patch: 8, dim: 128, depth: 6, heads: 4, registers: 4 },
  small: { patch: 8, dim: 384, depth: 12, heads: 6, registers: 4 },
  'base-14': { patch: 14, dim: 768, depth: 12, heads: 12, registers: 4 },
} as const satisfies Record<string, TransformerOptions>;

export type TransformerSize = keyof typeof transformerSizes;

export interface ProjectionOptions {
  /** Features of the two layers before the bottleneck. */
  readonly hidden: number;
  /** Features that are brought to length 1. */
  readonly bottleneck: number;
  /** Outputs K, among which student and teacher share out each image. */
  readonly outputs: number;
}

export interface SelfDistilledVitOptions {
  readonly transformer: TransformerOptions;
  readonly head: ProjectionOptions;
  /** Number and side of the crops that the teacher sees too. */
  readonly large: { readonly count: number; readonly size: number };
  /** Those that the student alone sees; a count of 0 leaves the input `small` out. */
  readonly small: { readonly count: number; readonly size: number };
  /** Share of the teacher's centre that a step keeps; 0.9. */
  readonly centerMomentum?: number;
}

/**
 * A vision transformer that learns from its own moving average (DINO, Caron et al. 2021): the student sees all crops, the teacher, which is
 * the average of the student's weights, the large ones. For `selfDistillation` of @blemish/engine; needs `averageDecay`.
 *
 * - `large` [N, L, side, side], `small` [N, S, side', side']: crops of one channel
 * - `student` [N, L + S, K], `teacher` [N, L, K] less the running mean `center.mean`
 */
export function selfDistilledVit(
  options: SelfDistilledVitOptions,
): NetworkDefinition<string, 'student' | 'teacher'> {
  const { transformer, large, small, centerMomentum = 0.9 } = options;
  const none = small.count === 0;
  const inputs: Record<string, DeclaredShape> = { large: ['N', large.count, large.size, large.size] };
  if (!none) inputs['small'] = ['N', small.count, small.size, small.size];
  return defineNetwork({
    name: 'self-distilled-vit',
    inputs,
    build(b, crops) {
      const embed = (images: Tensor) => b.scope('encoder', () => embedImages(b, images, transformer));
      const project = (tokens: Tensor) => b.scope('head', () => projectionHead(b, tokens, options.head));
      const seen = [embed(crops['large'])];
      if (!none) seen.push(b.shared(() => embed(crops['small'])));
      const student = project(seen.length === 1 ? seen[0] : b.concat(seen, 1));
      const teacher = b.averaged(() => project(embed(crops['large'])));
      const centred = b.center(b.mergeBatch(teacher), { name: 'center', momentum: centerMomentum });
      return { student, teacher: b.splitBatch(centred, large.count) };
    },
  });
}

/** Images [N, C, side, side], one by one through the transformer: [N, C, dim]. */
function embedImages(b: Builder, images: Tensor, options: TransformerOptions): Tensor {
  const [, count, height, width] = images.shape as [number, number, number, number];
  const flat = b.mergeBatch(b.reshape(images, [images.shape[0], count, 1, height, width]));
  return b.splitBatch(visionTransformer(b, flat, options), count);
}

/**
 * [N, C, dim] → [N, C, K]: three layers, of which the last gives a vector of length 1, whose products with unit vectors are the outputs
 * (weight normalisation with its length fixed at 1, as in Caron et al. 2021). Names as there. What each layer gives is standardised over the
 * batch: a transformer starts with nearly the same token for all pictures, and without that it takes long to tell them apart.
 */
function projectionHead(b: Builder, x: Tensor, { hidden, bottleneck, outputs }: ProjectionOptions): Tensor {
  const count = x.shape[1];
  const layer = (rows: Tensor, name: string, out: number) =>
    standardised(b, b.dense(rows, { name, out, initial: smallNormal }));
  const reduced = b.scope('mlp', () => {
    const inner = b.gelu(layer(b.mergeBatch(x), '0', hidden));
    return layer(b.gelu(layer(inner, '2', hidden)), '4', bottleneck);
  });
  const directions = b.scope('last_layer', () => b.parameter('weight_v', [outputs, bottleneck], smallNormal));
  const products = b.matmul(unit(b, reduced), unit(b, directions), { transposeB: true });
  return b.splitBatch(products, count);
}

/** Rows [R, K] with mean 0 and variance 1 over the batch in each column: batch normalisation without weights or memory. */
function standardised(b: Builder, rows: Tensor): Tensor {
  const centred = b.sub(rows, b.mean(rows, [0], true));
  return b.mul(centred, b.pow(b.add(b.mean(b.mul(centred, centred), [0], true), b.scalar(1e-5)), -0.5));
}

/** Rows [R, K] of length 1. */
function unit(b: Builder, rows: Tensor): Tensor {
  const squares = b.sum(b.mul(rows, rows), [1], true);
  return b.mul(rows, b.pow(b.add(squares, b.scalar(1e-12)), -0.5));
}

export interface ViewEncoderOptions {
  readonly transformer: TransformerOptions;
  /** Pictures of a sample: one of the whole, the others details. */
  readonly views: number;
  /** What training images were brought to: (x − mean) / deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/**
 * The encoder alone, for a picture of the whole and several of details of it. Weights are those of {@link selfDistilledVit} that begin with
 * `encoder.`.
 *
 * - `views` [N, views, size, size]: the whole first
 * - `embedding` [N, 2·dim]: the whole's embedding, then the mean of the details' (of the whole again where there are none)
 */
export function viewEncoder(options: ViewEncoderOptions): NetworkDefinition<'views', 'embedding'> {
  const { transformer, views: count, mean, deviation } = options;
  const { size = 64, dim = 192 } = transformer;
  return defineNetwork({
    name: 'view-encoder',
    inputs: { views: ['N', count, size, size] },
    build(b, { views }) {
      const normal = b.scale(b.sub(views, b.scalar(mean)), 1 / deviation);
      const tokens = b.scope('encoder', () => embedImages(b, normal, transformer));
      const whole = b.reshape(b.slice(tokens, 1, 0, 1), [tokens.shape[0], dim]);
      const details = count === 1 ? whole : b.mean(b.slice(tokens, 1, 1, count), [1]);
      return { embedding: b.concat([whole, details], 1) };
    },
  });
}
