import { basename } from 'node:path';

const extension = /\.(?:fits\.gz|fits\.fz|fits|fit|fts|fz)$/i;

/** Names that count as FITS: .fits .fit .fts .fz .fits.gz; everything else in a folder is ignored. */
export function isFitsName(path: string): boolean {
  return extension.test(path);
}

/** Text files with one path per line. */
export function isListName(path: string): boolean {
  return /\.(?:txt|lst|list)$/i.test(path);
}

/** The file's name without its FITS extension: `c4d_…_ooi_r_v1` of `/night/c4d_…_ooi_r_v1.fits.fz`. */
export function fitsStem(path: string): string {
  return basename(path).replace(extension, '');
}

/**
 * Masks (`ood`), weights (`oow`, `X.wht.fits`) and truth (`*_truth.fits*`) go with a science image and are never scanned as one.
 * The tokens stand between `_`, `-` or `.`, as the NOIRLab pipelines write them.
 */
export function isCompanionName(path: string): boolean {
  const name = basename(path);
  return /(?:^|[_.-])oo[dw](?=[_.-])/i.test(name) || /\.wht\./i.test(name) || /_truth\.fits/i.test(name);
}

/** Names a companion of this science image may have, most likely first; for an image of another naming scheme none. */
export function companionNames(name: string): { readonly mask: string[]; readonly weight: string[] } {
  const mask: string[] = [];
  const weight: string[] = [];
  const science = /(^|[_.-])(oo|ok)i(?=[_.-])/i;
  if (science.test(name)) {
    mask.push(...otherExtensions(name.replace(science, '$1ood')));
    weight.push(...otherExtensions(name.replace(science, '$1oow')));
  }
  const found = extension.exec(name);
  if (found) weight.push(...otherExtensions(`${name.slice(0, found.index)}.wht${found[0]}`));
  return { mask, weight };
}

/** The same file may be stored compressed or not: the extension of the image first, then the others. */
function otherExtensions(name: string): string[] {
  const found = extension.exec(name);
  if (!found) return [name];
  const stem = name.slice(0, found.index);
  return [...new Set([name, ...['.fits.fz', '.fits', '.fits.gz', '.fz'].map((ext) => stem + ext)])];
}
