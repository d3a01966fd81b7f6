import { chainActivations } from '@blemish/engine';
import type { ChainActivation, ChainLayer, Pair, Sides } from '@blemish/engine';
import { z } from 'zod';

const whole = z.number().int();
/** One number for both directions, or [height, width]. */
const pair = z
  .union([whole.min(1), z.tuple([whole.min(1), whole.min(1)])])
  .transform((value): Pair => (Array.isArray(value) ? value : [value, value]));
/** One number for all sides, [height, width], or [top, left, bottom, right]. */
const sides = z
  .union([
    whole.min(0),
    z.tuple([whole.min(0), whole.min(0)]),
    z.tuple([whole.min(0), whole.min(0), whole.min(0), whole.min(0)]),
  ])
  .transform((value): Sides => {
    if (!Array.isArray(value)) return [value, value, value, value];
    return value.length === 4 ? value : [value[0], value[1], value[0], value[1]];
  });
const none: Sides = [0, 0, 0, 0];
/** Layers with weights are named as their weights are; others may be named for messages. */
const weighted = { name: z.string().min(1) };
const unweighted = { name: z.string().min(1).optional() };

type LayerSchema = z.ZodType<ChainLayer>;

const windowKeys = {
  ...unweighted,
  kernel: pair,
  stride: pair.optional(),
  padding: sides.default(none),
};

interface WindowLayer<T> {
  readonly type: T;
  readonly name?: string | undefined;
  readonly kernel: Pair;
  readonly stride?: Pair | undefined;
  readonly padding: Sides;
}

function pool<T extends 'max-pool' | 'average-pool'>(layer: WindowLayer<T>, countPadding: boolean) {
  const { type, name = type, kernel, stride = kernel, padding } = layer;
  return { type, name, kernel, stride, padding, countPadding };
}

/** Only these two have a slope: that below 0, and the α of the exponential. */
const slopes: Partial<Record<ChainActivation, number>> = { 'leaky-relu': 0.01, elu: 1 };

function activation(kind: ChainActivation): LayerSchema {
  const plain = z.strictObject({ type: z.literal(kind), ...unweighted });
  const slope = slopes[kind];
  if (slope === undefined) return plain.transform(({ name = kind }) => ({ type: 'activation', name, kind }));
  return plain
    .extend({ slope: z.number().default(slope) })
    .transform(({ name = kind, slope: given }) => ({ type: 'activation', name, kind, slope: given }));
}

function globalPool(type: 'global-average-pool' | 'global-max-pool'): LayerSchema {
  return z
    .strictObject({ type: z.literal(type), ...unweighted })
    .transform(({ name = type }) => ({ type, name }));
}

/** The layers a mapping file may name; defaults are PyTorch's. */
export const layerSchemas: ReadonlyMap<string, LayerSchema> = new Map<string, LayerSchema>([
  [
    'conv',
    z.strictObject({
      type: z.literal('conv'),
      ...weighted,
      out: whole.min(1),
      kernel: pair,
      stride: pair.default([1, 1]),
      padding: sides.default(none),
      dilation: pair.default([1, 1]),
      groups: whole.min(1).default(1),
      bias: z.boolean().default(true),
    }),
  ],
  [
    'dense',
    z.strictObject({
      type: z.literal('dense'),
      ...weighted,
      out: whole.min(1),
      bias: z.boolean().default(true),
    }),
  ],
  [
    'batch-norm',
    z.strictObject({
      type: z.literal('batch-norm'),
      ...weighted,
      epsilon: z.number().positive().default(1e-5),
    }),
  ],
  [
    'max-pool',
    z.strictObject({ type: z.literal('max-pool'), ...windowKeys }).transform((layer) => pool(layer, true)),
  ],
  [
    'average-pool',
    z
      .strictObject({
        type: z.literal('average-pool'),
        ...windowKeys,
        count_padding: z.boolean().default(true),
      })
      .transform(({ count_padding, ...layer }) => pool(layer, count_padding)),
  ],
  ['global-average-pool', globalPool('global-average-pool')],
  ['global-max-pool', globalPool('global-max-pool')],
  [
    'zero-pad',
    z
      .strictObject({ type: z.literal('zero-pad'), ...unweighted, padding: sides })
      .transform(({ type, name = type, padding }) => ({ type, name, padding })),
  ],
  [
    'flatten',
    z
      .strictObject({
        type: z.literal('flatten'),
        ...unweighted,
        order: z.enum(['channels-first', 'channels-last']).default('channels-first'),
      })
      .transform(({ type, name = type, order }) => ({ type, name, order })),
  ],
  [
    'scale',
    z
      .strictObject({
        type: z.literal('scale'),
        ...unweighted,
        factor: z.number().default(1),
        offset: z.number().default(0),
      })
      .transform(({ type, name = type, factor, offset }) => ({ type, name, factor, offset })),
  ],
  ...chainActivations.map((kind): [string, LayerSchema] => [kind, activation(kind)]),
]);

/** One layer of a mapping file, checked against the schema of its type. */
export const mappingLayer = z.looseObject({ type: z.string() }).transform((value, context): ChainLayer => {
  const schema = layerSchemas.get(value.type);
  if (schema === undefined) {
    const message = `unknown type "${value.type}"; known are ${[...layerSchemas.keys()].join(', ')}`;
    context.addIssue({ code: 'custom', path: ['type'], message });
    return z.NEVER;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});
