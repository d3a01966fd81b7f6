import { z } from 'zod';
import { SurveyError } from '../errors.ts';

/** A layer of Keras: its class, its name in the weights' file, its settings as written. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A Keras network without branches. */
export interface KerasArchitecture {
  readonly name: string;
  /** Extents of one sample as Keras has them: [H, W, C] or [features]. */
  readonly inputShape: readonly number[];
  /** In the order of the data, inputs left out. */
  readonly layers: readonly KerasLayer[];
}

const layerSchema = z.object({
  class_name: z.string(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.unknown()).optional(),
});
const modelSchema = z.object({
  class_name: z.string(),
  config: z.object({
    name: z.string().optional(),
    layers: z.array(layerSchema),
    build_input_shape: z.unknown().optional(),
    batch_input_shape: z.unknown().optional(),
  }),
  build_config: z.unknown().optional(),
});

type LayerJson = z.infer<typeof layerSchema>;

/**
 * Reads what `model.to_json()` of Keras 2 or 3 gives: a Sequential model, or a Functional one whose layers follow each other.
 * @throws SurveyError IMPORT_INVALID naming the layer where it is not that
 */
export function parseKerasArchitecture(text: string, path: string): KerasArchitecture {
  const fail = (what: string, cause?: unknown) => new SurveyError('IMPORT_INVALID', what, { path, cause });
  let model: z.infer<typeof modelSchema>;
  try {
    model = modelSchema.parse(JSON.parse(text));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw fail(`is not the JSON of a Keras model (${what})`, cause);
  }
  if (!['Sequential', 'Functional', 'Model'].includes(model.class_name)) {
    throw fail(`describes a ${model.class_name}; Sequential and Functional models are read`);
  }
  const { config } = model;
  const ordered = model.class_name === 'Sequential' ? config.layers : followChain(config.layers, fail);
  const inputShape = findInputShape(model, ordered);
  if (inputShape === null) {
    throw fail(
      'does not say the shape of its input; build the model (model.build or an Input layer) before to_json()',
    );
  }
  const layers = ordered
    .filter(({ class_name }) => class_name !== 'InputLayer')
    .map((layer): KerasLayer => ({
      className: layer.class_name,
      name: typeof layer.config['name'] === 'string' ? layer.config['name'] : layer.class_name,
      config: layer.config,
    }));
  return { name: config.name ?? 'keras-model', inputShape, layers };
}

/** Layers of a Functional model in the order of the data. Keras lists them so, but does not promise it. */
function followChain(layers: readonly LayerJson[], fail: (what: string) => Error): LayerJson[] {
  const sources = new Map(layers.map((layer) => [nameOf(layer), inboundNames(layer)]));
  const ordered: LayerJson[] = [];
  let current = layers.filter((layer) => sources.get(nameOf(layer))!.length === 0);
  while (current.length > 0) {
    if (current.length > 1) {
      const names = current.map((layer) => `"${nameOf(layer)}"`).join(' and ');
      throw fail(
        `branches into ${names}; only networks whose layers follow each other are read: export ONNX instead`,
      );
    }
    const [layer] = current;
    ordered.push(layer);
    if (ordered.length > layers.length) throw fail(`uses layer "${nameOf(layer)}" more than once`);
    current = layers.filter((next) => sources.get(nameOf(next))!.includes(nameOf(layer)));
  }
  const joined = layers.find((layer) => sources.get(nameOf(layer))!.length > 1);
  if (joined) {
    throw fail(
      `joins several branches in layer "${nameOf(joined)}" (${joined.class_name}); only networks whose layers follow each other are read: export ONNX instead`,
    );
  }
  return ordered;
}

function nameOf({ class_name, config }: LayerJson): string {
  return typeof config['name'] === 'string' ? config['name'] : class_name;
}

/** Names of the layers whose outputs a layer takes: Keras 2 writes `[[["conv", 0, 0, {}]]]`, Keras 3 tensors with a `keras_history`. */
function inboundNames({ inbound_nodes: nodes = [] }: LayerJson): string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === 'string' && typeof value[1] === 'number') names.push(value[0]);
      else value.forEach(visit);
    } else if (typeof value === 'object' && value !== null) {
      if ('keras_history' in value) visit(value.keras_history);
      else Object.values(value).forEach(visit);
    }
  };
  nodes.forEach(visit);
  return [...new Set(names)];
}

function findInputShape(model: z.infer<typeof modelSchema>, layers: readonly LayerJson[]): number[] | null {
  const first = layers.at(0)?.config ?? {};
  const build = model.build_config as { input_shape?: unknown } | undefined;
  const places = [
    first['batch_input_shape'],
    first['batch_shape'],
    model.config.build_input_shape,
    model.config.batch_input_shape,
    build?.input_shape,
  ];
  for (const shape of places) {
    if (!Array.isArray(shape)) continue;
    const extents = (shape as unknown[]).slice(1);
    if (extents.every((extent): extent is number => Number.isInteger(extent) && (extent as number) > 0)) {
      return extents;
    }
  }
  return null;
}
