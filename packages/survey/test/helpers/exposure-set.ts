import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineNetwork, exportOnnx, initialWeights } from '@blemish/engine';
import { Rng } from '@blemish/sky';
import { encodeNpy } from '../../src/arrays/index.ts';
import { writeBundle } from '../../src/bundle.ts';

const [size, views] = [16, 2];

export interface ExposureSetOptions {
  readonly seed: number;
  /** Exposures of each category, in turn; '' is one that nobody inspected. */
  readonly reasons: readonly string[];
  /** 2 where absent. */
  readonly ccds?: (exposure: number) => number;
  /** Cells instead of the set's own. */
  readonly cells?: (exposure: number, ccd: number) => Readonly<Record<string, string | number>>;
  readonly prefix?: string;
}

/**
 * Writes a set of CCDs with views of 16 × 16 whose categories differ plainly: `PSF` has waves across, `Noise` waves down, `Nonoptimal_exp`
 * looks good and has a short exposure time. Not a simulation of anything.
 */
export async function writeExposureSet(folder: string, options: ExposureSetOptions): Promise<string> {
  const { seed, reasons, ccds = () => 2, cells = () => ({}), prefix = '1' } = options;
  const planes: Uint8Array[] = [];
  const lines: string[] = [];
  reasons.forEach((reason, e) => {
    for (let ccd = 0; ccd < ccds(e); ccd++) {
      const rng = new Rng(seed, 100 * e + ccd);
      const plane = new Uint8Array(size * size * views);
      for (let i = 0; i < plane.length; i++) {
        const [y, x] = [Math.floor(i / views / size), Math.floor(i / views) % size];
        const wave =
          (reason.includes('PSF') ? Math.sin(x) : 0) + (reason.includes('Noise') ? Math.sin(y) : 0);
        plane[i] = Math.round(110 + 40 * wave + rng.normal(0, 20));
      }
      planes.push(plane);
      const exposure = `${prefix}${String(e).padStart(4, '0')}`;
      const row: Record<string, string | number> = {
        index: planes.length - 1,
        exposure,
        ccd: `N${ccd + 1}`,
        band: e % 2 === 0 ? 'g' : 'r',
        group: exposure,
        reasons: reason,
        reason: reason.includes(';') ? '' : reason,
        exptime: (reason.includes('Nonoptimal') ? 10 : 90) + rng.normal(0, 2),
        ...{ zero_point: 25 + rng.normal(0, 0.05), sky_level: 1000 + rng.normal(0, 50), airmass: '' },
        ...{ seeing: 1.2, ellipticity: 0.05, sky: 1000, rms: 10 + rng.normal(0, 0.3), n_stars: 50 },
        ...cells(e, ccd),
      };
      if (lines.length === 0) lines.push(Object.keys(row).join(','));
      lines.push(Object.values(row).join(','));
    }
  });
  const data = new Uint8Array(planes.flatMap((plane) => [...plane]));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stamps.npy'), encodeNpy({ shape: [planes.length, size, size, views], data }));
  await writeFile(join(folder, 'stamps.csv'), `${lines.join('\n')}\n`);
  const about = { simulated: true, views: { version: 1, size, crops: views - 1, scaling: 'rms' } };
  await writeFile(join(folder, 'stamp-set.json'), JSON.stringify(about));
  return folder;
}

/** Writes the bundle of an encoder of such views: random projections. */
export async function writeViewEncoder(folder: string): Promise<string> {
  const dimensions = 24;
  const network = defineNetwork({
    name: 'projection',
    inputs: { image: ['N', views, size, size] },
    build: (b, { image }) => ({
      embedding: b.dense(b.flatten(image), { name: 'projection', out: dimensions }),
    }),
  });
  await writeBundle(
    folder,
    {
      ...{ format: 1, name: 'projection', version: '1', task: 'encoder', created: '2026-01-01T00:00:00Z' },
      trainedOn: 'nothing: random projections',
      input: { channels: views, height: size, width: size, layout: 'channels-first' },
      network: { input: 'image', output: 'embedding' },
      preprocess: { version: 1, name: 'divide-255' },
      dimensions,
      provenance: { kind: 'import', from: 'onnx', sources: [], versions: {} },
    },
    exportOnnx(network, initialWeights(network, 3)),
    '# projection\n',
  );
  return folder;
}

/** Reasons of `count` exposures, category by category. */
export function evenReasons(
  count: number,
  categories = ['Good', 'PSF', 'Noise', 'Nonoptimal_exp'],
): string[] {
  return Array.from({ length: count }, (_, e) => categories[e % categories.length]);
}
