import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBundle } from '@blemish/survey';
import { openStampBatch } from '../../packages/survey/src/stamps/stamp-batch.ts';
import { runStamps } from '../../packages/survey/src/stamps/run-stamps.ts';
import { inference } from '../engine/running.ts';
import type { Running, Work } from '../engine/running.ts';

export const stampWorks: readonly Work[] = [
  { name: 'stamps-ztf', kind: 'infer', limit: 0.35 },
  { name: 'stamps-ztf-network', kind: 'infer', limit: 0.35 },
  { name: 'alerts-ztf', kind: 'infer', limit: 0.5 },
];

/** Stamps of a batch: as many as `predict` takes at a time of this size. */
const together = 22;

/** @param folder of `writeStampSample` */
export async function startStamps(name: string, threads: number, folder: string): Promise<Running> {
  const bundle = await openBundle(join(folder, 'bundle'), 'stamp');
  const { shape } = JSON.parse(await readFile(join(folder, 'stamps.json'), 'utf8')) as { shape: number[] };
  const [count, channels, height, width] = shape;
  const sample = channels * height * width;
  switch (name) {
    case 'stamps-ztf': {
      const bytes = await readFile(join(folder, 'stamps.f64'));
      const stamps = new Float64Array(new Uint8Array(bytes).buffer);
      const batch = await openStampBatch(bundle, threads);
      const memory = new Float64Array(sample);
      return {
        async once() {
          for (let n = 0; n < count; n++) {
            memory.set(stamps.subarray(n * sample, (n + 1) * sample));
            batch.add('', n, memory);
            if (batch.full) await batch.run();
          }
          await batch.run();
        },
        close: () => batch.close(),
      };
    }
    case 'stamps-ztf-network': {
      const data = new Float32Array(new Uint8Array(await readFile(join(folder, 'input.f32'))).buffer);
      const batches = Array.from({ length: Math.ceil(count / together) }, (_, k) => {
        const part = data.subarray(k * together * sample, (k + 1) * together * sample);
        const extents = [part.length / sample, ...shape.slice(1)];
        return { [bundle.description.network.input]: { data: part, shape: extents } };
      });
      return inference(bundle.network, threads, batches);
    }
    case 'alerts-ztf': {
      const options = { inputs: [join(folder, 'alerts.avro')], threads };
      return {
        once: () => runStamps(bundle, options, () => Promise.resolve()),
        close: () => Promise.resolve(),
      };
    }
    default:
      throw new RangeError(`no work is called "${name}"`);
  }
}
