import { stat } from 'node:fs/promises';
import type { FitsFile, Hdu, Header } from '@blemish/fits';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { findCompanions } from '../inputs/companions.ts';
import { identifyImage } from '../inputs/identify.ts';
import { maskScheme } from '../inputs/mask-scheme.ts';
import type { HduSelector } from '../inputs/selector.ts';
import { encodeMaskPrimary } from '../outputs/mask-hdu.ts';
import type { MaskProvenance } from '../outputs/mask-hdu.ts';
import type { OpenFiles } from './open-files.ts';
import type { InspectReply } from './protocol.ts';

/** What a file holds for a scan: its images (or those asked for), its companions, and the head of its mask file. @throws FitsError */
export async function inspectFile(
  files: OpenFiles,
  path: string,
  selectors: readonly HduSelector[] | null,
  provenance: MaskProvenance,
): Promise<InspectReply> {
  const { size, mtimeMs } = await stat(path);
  const file = await files.open(path);
  const { all, images, failures } = imagesOf(file, path, selectors);
  const companions = await findCompanions(path);
  const primary = primaryHeader(file);
  const scheme =
    companions.mask === null || primary === null ? null : maskScheme(primary, images[0]?.header ?? primary);
  return {
    kind: 'inspect',
    size,
    mtimeMs,
    images: images.map(({ index, header }) => {
      const { exposure, ccd } = identifyImage(path, primary, header, index);
      return { hdu: index, exposure, ccd };
    }),
    tiles: all.map(({ index }) => index),
    failures,
    companions,
    maskScheme: scheme?.name ?? null,
    maskPrimary: encodeMaskPrimary(images[0]?.index === 0 ? null : primary, provenance, scheme),
  };
}

/** The images of a file, those of them asked for, and what of it is lost. */
export function imagesOf(
  file: FitsFile,
  path: string,
  selectors: readonly HduSelector[] | null,
): { readonly all: readonly Hdu[]; readonly images: readonly Hdu[]; readonly failures: Failure[] } {
  const failures: Failure[] = [];
  const all = file.hdus.filter(standsForImage);
  const images = selectors === null ? all : selected(file, selectors, path, failures);
  // Where reading the headers stopped early, what follows is lost: say so. Data cut short are named when their image is read.
  for (const problem of file.problems) {
    if (images.some(({ index }) => index === problem.hdu)) continue;
    const hdu = typeof problem.hdu === 'number' ? problem.hdu : null;
    failures.push(toFailure(problem, path, hdu, 'READ_FAILED'));
  }
  return { all, images, failures };
}

function selected(
  file: FitsFile,
  selectors: readonly HduSelector[],
  path: string,
  failures: Failure[],
): Hdu[] {
  const found = new Map<number, Hdu>();
  for (const selector of selectors) {
    const number = typeof selector === 'number' ? selector : null;
    try {
      const hdu = file.hdu(selector);
      if (!standsForImage(hdu)) {
        const what = hdu.kind === 'empty' ? 'has no data' : `is a ${hdu.kind}`;
        throw new SurveyError('HDU_NOT_IMAGE', what, { path, hdu: selector });
      }
      found.set(hdu.index, hdu);
    } catch (error) {
      failures.push(toFailure(error, path, number, 'HDU_NOT_FOUND'));
    }
  }
  return [...found.values()].sort((a, b) => a.index - b.index);
}

/** An image, even one that cannot be scanned (no pixels, one axis): leaving it out in silence would hide a broken reduction. */
function standsForImage(hdu: Hdu): boolean {
  if (hdu.kind === 'image' || hdu.kind === 'compressed-image') return true;
  if (hdu.kind !== 'empty' || (hdu.header.number('NAXIS') ?? 0) === 0 || hdu.header.has('GROUPS'))
    return false;
  const extension = hdu.header.string('XTENSION');
  return extension === undefined || extension === 'IMAGE';
}

/** The primary header, whose cards hold for every extension; null for a file without one. */
export function primaryHeader(file: FitsFile): Header | null {
  return file.hdus[0]?.header ?? null;
}
