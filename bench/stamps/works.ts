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
      return {
        async once() {
          for (let n = 0; n < count; n++) {
            batch.add('', n, stamps.slice(n * sample, (n + 1) * sample));
            if (batch.full) await batch.run();
          }
          await batch.run();
        },
        close: () => batch.close(),
      };
    }
    case 'stamps-ztf-network': {
      const data = new Float32Array(new Uint8Array(await readFile(join(folder, 'input.f32'))).buffer);
      return inference(bundle.network, threads, [{ [bundle.description.network.input]: { data, shape } }]);
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
