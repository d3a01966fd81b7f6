import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@blemish/engine';
import { decodeNpy } from '@blemish/survey/arrays';
import { importModel, openBundle } from '@blemish/survey';
import {
  AvroCursor,
  ByteWindow,
  fieldOf,
  readAvro,
  readAvroBlocks,
  wantedFields,
} from '../../packages/survey/src/alerts/index.ts';
import { knownChannels } from '../../packages/survey/src/alerts/index.ts';
import { preprocessStamp } from '../../packages/survey/src/preprocess/stamp-preprocess.ts';
import { open } from 'node:fs/promises';
import { dumpPlainNetwork } from '../dump-network.ts';

/** Alerts in the file of the bench: the real packets over and over. */
const alerts = 270;
/** Stamps that are scored. */
const batch = 176;

/**
 * Writes what both sides of `bench stamps` read: ZTF's published network as a bundle (`bundle`) and for PyTorch, `stamps.f64` [176, 3, 63, 63] of
 * real stamps, `alerts.avro`, and the cut-outs of those alerts one after the other (`cutouts.bin`), which spares the peer the Avro.
 * @param data folder that holds `ztf-alerts`
 */
export async function writeStampSample(
  folder: string,
  data: string,
): Promise<{ alerts: number; stamps: number }> {
  const from = join(data, 'ztf-alerts');
  await importModel({
    weights: join(from, 'braai-d6_m7.weights.h5'),
    architecture: join(from, 'braai-d6_m7.architecture.json'),
    preprocess: 'l2-rows',
    classes: ['real'],
    out: join(folder, 'bundle'),
  });
  const bundle = await openBundle(join(folder, 'bundle'), 'stamp');
  const { input, network, preprocess } = bundle.description;
  const { shape, data: values } = decodeNpy(await readFile(join(from, 'stamps.npy')));
  const [, height, width, channels] = shape;
  const sample = channels * height * width;
  const stamps = new Float64Array(batch * sample);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < channels; c++)
        stamps[n * sample + c * height * width + i] = Number(values[n * sample + i * channels + c]);
  const prepared = new Float32Array(stamps.length);
  for (let n = 0; n < batch; n++)
    preprocessStamp(
      preprocess,
      stamps.slice(n * sample, (n + 1) * sample),
      input,
      prepared.subarray(n * sample, (n + 1) * sample),
    );
  const model = await loadModel(bundle.network, { threads: 1 });
  const extents = [batch, channels, height, width];
  const answer = (await model.run({ [network.input]: { data: prepared, shape: extents } }))[network.output];
  await model.close();
  await dumpPlainNetwork(folder, bundle.network, network, {
    input: { shape: extents, data: prepared },
    answer: { shape: answer.shape, data: answer.data },
  });
  await writeFile(join(folder, 'stamps.f64'), new Uint8Array(stamps.buffer));
  const cutouts = await writeAlerts(folder, join(from, 'avro'));
  await writeFile(join(folder, 'stamps.json'), JSON.stringify({ shape: extents, cutouts }));
  return { alerts, stamps: batch };
}

/** Lengths of the cut-outs, three an alert. */
async function writeAlerts(folder: string, from: string): Promise<number[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.avro')).sort();
  const files = await Promise.all(names.map((name) => readFile(join(from, name))));
  const packets = Array.from({ length: alerts }, (_, k) => files[k % files.length]);
  const path = join(folder, 'alerts.avro');
  await writeFile(path, Buffer.concat(packets));
  const file = await open(path);
  const parts: Uint8Array[] = [];
  const wanted = wantedFields(knownChannels[0]);
  for await (const block of readAvroBlocks(new ByteWindow(file, (await file.stat()).size))) {
    if ('problem' in block) throw new RangeError(`${from}: ${block.problem}`);
    const alert = readAvro(block.schema, new AvroCursor(block.data), wanted);
    for (const name of knownChannels[0])
      parts.push(new Uint8Array(fieldOf(fieldOf(alert, name), 'stampData') as Uint8Array));
  }
  await file.close();
  await writeFile(join(folder, 'cutouts.bin'), Buffer.concat(parts));
  return parts.map(({ length }) => length);
}
