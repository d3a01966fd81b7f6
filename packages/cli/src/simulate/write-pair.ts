import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Header, encodeHdu } from '@blemish/fits';
import type { SimulatedPair } from '@blemish/sky';

/** Writes a pair as a survey delivers it: compressed images, their `ood` masks beside them, and `truth.csv`. Each file is written beside and renamed. */
export async function writePair(
  { width, height, science, reference, truth }: SimulatedPair,
  out: string,
): Promise<void> {
  await mkdir(out, { recursive: true });
  const shape = [height, width];
  for (const [name, image] of Object.entries({ science, reference })) {
    const { data, mask, header } = image;
    // a sixteenth of the noise: what surveys round to
    const quantize = { level: 16, dither: 1, seed: 1 } as const;
    await put(
      join(out, `${name}_ooi.fits.fz`),
      encodeHdu({ header, shape, data, compression: { type: 'RICE_1', quantize } }, true),
    );
    const cards = new Header()
      .set('SIMULATE', true, 'not an observation: simulated pixels')
      .set('PLVER', 'V4.8.2a');
    await put(
      join(out, `${name}_ood.fits.fz`),
      encodeHdu({ header: cards, shape, data: mask, compression: { type: 'RICE_1' } }, true),
    );
  }
  const rows = truth.map(({ kind, x, y, ra, dec, flux, mag, hostMag }, i) =>
    [
      i + 1,
      kind,
      x.toFixed(3),
      y.toFixed(3),
      ra.toFixed(7),
      dec.toFixed(7),
      flux.toFixed(2),
      mag.toFixed(4),
      hostMag?.toFixed(3) ?? '',
    ].join(','),
  );
  await put(join(out, 'truth.csv'), `${['id,kind,x,y,ra,dec,flux,mag,host_mag', ...rows].join('\n')}\n`);
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.partial`, content);
  await rename(`${path}.partial`, path);
}
