import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FitsFile, Hdu } from '@blemish/fits';
import { companionNames } from './names.ts';

/** Files beside a science image; null where there is none. */
export interface Companions {
  /** Data-quality mask: nonzero is masked. */
  readonly mask: string | null;
  /** Weight (inverse variance): zero, negative or NaN is a bad pixel. */
  readonly weight: string | null;
}

/** Looks beside `path` for its mask (`ood` for `ooi`/`oki`) and its weight (`oow`, or `X.wht.fits`). */
export async function findCompanions(path: string): Promise<Companions> {
  const folder = dirname(path);
  const { mask, weight } = companionNames(basename(path));
  return { mask: await firstFile(folder, mask), weight: await firstFile(folder, weight) };
}

/** What tells whether a companion came, went or changed: path, size and time of change of each. */
export async function companionStamps({ mask, weight }: Companions): Promise<readonly string[]> {
  const paths = [mask, weight].filter((path) => path !== null);
  return Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => null);
      // One that vanished meanwhile: its image says so when it is read.
      return found === null ? path : `${path} ${found.size} ${found.mtimeMs}`;
    }),
  );
}

/** The HDU of a companion that goes with `image`: the one of its EXTNAME, else the image at its number, else the only image; or null. */
export function matchHdu(companion: FitsFile, image: Hdu): Hdu | null {
  const images = companion.hdus.filter(isImage);
  const name = image.name.toUpperCase();
  if (name !== '') {
    const named = images.find((hdu) => hdu.name.toUpperCase() === name);
    if (named) return named;
  }
  const same = images.find((hdu) => hdu.index === image.index);
  if (same && (same.name === '' || name === '')) return same;
  return images.length === 1 && (images[0].name === '' || name === '') ? images[0] : null;
}

/** An HDU that stands for an image, whether or not it is one that can be scanned. */
export function isImage(hdu: Hdu): boolean {
  return hdu.kind === 'image' || hdu.kind === 'compressed-image';
}

async function firstFile(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const path = join(folder, name);
    try {
      if ((await stat(path)).isFile()) return path;
    } catch {
      // not there: try the next name
    }
  }
  return null;
}
