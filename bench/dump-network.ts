import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema } from 'onnx-buf';
import type { AttributeProto } from 'onnx-buf';
import type { LoadedModel } from '@blemish/engine';
import { artifactClass } from '@blemish/survey';
import type { Bundle } from '@blemish/survey';
import { chooseThreshold } from '../packages/survey/src/analyser/choose-threshold.ts';
import type { CcdFeatures } from '../packages/survey/src/preprocess/ccd-features.ts';
import { cellSize } from '../packages/survey/src/preprocess/evidence.ts';

/** ONNX's numbers for types of elements. */
const float32 = 1;
const int64 = 7;

/**
 * Writes what the peer needs to run the bundle's network: `constants.f32` (all weights in layer order, little-endian), one CCD's
 * inputs with what `model` answers to them, and `network.json` with the graph's nodes and the bundle's settings.
 */
export async function dumpNetwork(
  folder: string,
  bundle: Bundle<'ccd'>,
  model: LoadedModel,
  { image, evidence, stars, scalars }: CcdFeatures,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { nodes, integers, floats } = readGraph(bundle.network);
  let offset = 0;
  const constants = floats.map(({ name, shape, data }) => {
    offset += data.length;
    return { name, shape, offset: offset - data.length };
  });
  await writeFloats(
    folder,
    'constants',
    floats.map(({ data }) => data),
  );
  const result = await model.run({ image, evidence, stars, scalars });
  const reference: Record<string, readonly number[]> = {};
  for (const { name, shape } of [...model.inputs, ...model.outputs]) {
    const data = { image, evidence, stars, scalars }[name] ?? result[name].data;
    // The batch is open.
    reference[name] = [1, ...shape.slice(1)];
    await writeFloats(folder, name, [data]);
  }
  const { preprocess, calibration, prior, decision, classes } = bundle.description;
  const { classThresholds, cellThresholds } = decision;
  const description = {
    nodes,
    inputs: ['image', 'evidence', 'stars', 'scalars'],
    outputs: ['logits', 'map'],
    constants: [...constants, ...integers],
    reference,
    preprocess,
    calibration,
    prior,
    decision: { classThresholds, cellThresholds },
    threshold: chooseThreshold(bundle.description, {}).threshold,
    cellSize,
    classes: classes.map((name) => {
      const { maskBit, extent } = artifactClass(name);
      return { name, maskBit, extent };
    }),
  };
  await writeFile(join(folder, 'network.json'), JSON.stringify(description));
}

interface NamedFloats {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Writes a network of one input and one output likewise, with what `answer` it gives to `input`: no settings of ours with it. */
export async function dumpPlainNetwork(
  folder: string,
  network: Uint8Array,
  names: { readonly input: string; readonly output: string },
  reference: Readonly<
    Record<'input' | 'answer', { readonly shape: readonly number[]; readonly data: Float32Array }>
  >,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { nodes, integers, floats } = readGraph(network);
  let offset = 0;
  const constants = floats.map(({ name, shape, data }) => {
    offset += data.length;
    return { name, shape, offset: offset - data.length };
  });
  await writeFloats(
    folder,
    'constants',
    floats.map(({ data }) => data),
  );
  for (const [name, { data }] of Object.entries(reference)) await writeFloats(folder, name, [data]);
  const shapes = Object.fromEntries(Object.entries(reference).map(([name, { shape }]) => [name, shape]));
  const description = { nodes, inputs: [names.input], outputs: [names.output], reference: shapes };
  await writeFile(
    join(folder, 'network.json'),
    JSON.stringify({ ...description, constants: [...constants, ...integers] }),
  );
}

/** An ONNX model as plain data: its nodes in order of execution, its constants by type. */
function readGraph(network: Uint8Array) {
  const { graph } = fromBinary(ModelProtoSchema, network);
  const nodes = (graph?.node ?? []).map(({ opType, input, output, attribute }) => ({
    op: opType,
    inputs: input,
    output: output[0],
    attributes: Object.fromEntries(attribute.map((a) => [a.name, attributeValue(a)])),
  }));
  const floats: NamedFloats[] = [];
  const integers: { name: string; integers: number[] }[] = [];
  for (const { name, dims, dataType, rawData } of graph?.initializer ?? []) {
    // A copy, since raw bytes stand at any address.
    const { buffer } = rawData.slice();
    if (dataType === float32) floats.push({ name, shape: dims.map(Number), data: new Float32Array(buffer) });
    else if (dataType === int64)
      integers.push({ name, integers: Array.from(new BigInt64Array(buffer), Number) });
    else
      throw new RangeError(
        `constant ${name} of the model has ONNX type ${dataType}; the bench reads 1 and 7`,
      );
  }
  return { nodes, floats, integers };
}

function attributeValue(a: AttributeProto): number | number[] | string {
  switch (a.type) {
    case AttributeProto_AttributeType.FLOAT:
      return a.f;
    case AttributeProto_AttributeType.INT:
      return Number(a.i);
    case AttributeProto_AttributeType.INTS:
      return a.ints.map(Number);
    case AttributeProto_AttributeType.STRING:
      return Buffer.from(a.s).toString();
    default:
      throw new RangeError(
        `attribute ${a.name} of the model has ONNX type ${a.type}, which the bench does not read`,
      );
  }
}

async function writeFloats(folder: string, name: string, parts: readonly Float32Array[]): Promise<void> {
  const bytes = parts.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  await writeFile(join(folder, `${name}.f32`), Buffer.concat(bytes));
}
