import { Header, encodeHdu } from '@blemish/fits';
import { artifactClass } from '../taxonomy.ts';
import type { MaskScheme } from '../inputs/mask-scheme.ts';

/** Which model made a mask: goes into its primary header. */
export interface MaskProvenance {
  readonly modelName: string;
  readonly modelSha256: string;
  readonly version: string;
}

/** Keywords that describe the input's own pixels and storage, not the sky or the exposure. */
const storage = new RegExp(
  `^(?:${[
    'SIMPLE|XTENSION|BITPIX|NAXIS\\d*|PCOUNT|GCOUNT|GROUPS|EXTEND|BSCALE|BZERO|BLANK|BUNIT|DATAMIN|DATAMAX|CHECKSUM|DATASUM|END',
    'TFIELDS|T(?:TYPE|FORM|UNIT|NULL|SCAL|ZERO|DIM|DISP)\\d+|THEAP|FZALGOR|FZTILE|FZQMETHD|FZQVALUE|FZDTHRSD|FZINT2F',
    'Z(?:IMAGE|CMPTYPE|BITPIX|NAXIS\\d*|TILE\\d+|NAME\\d+|VAL\\d+|MASKCMP|QUANTIZ|DITHER0|SIMPLE|EXTEND|TENSION|BLOCKED)',
    'Z(?:PCOUNT|GCOUNT|HECKSUM|DATASUM|BLANK|SCALE|ZERO)',
  ].join('|')})$`,
);

/** Does this keyword describe how pixels are stored rather than what they show? */
export function isStorageKeyword(keyword: string): boolean {
  return storage.test(keyword);
}

/** The cards of an input's header that hold for its mask too: all but those of pixel values and storage. */
export function maskHeader(input: Header): Header {
  const header = new Header();
  for (const card of input.cards) {
    if (!isStorageKeyword(card.keyword)) header.append(card);
  }
  return header;
}

/** Name of a class's plane in the header: `MP_SATELLITE`, `MP_A_B_JUMP`. */
export function planeKeyword(className: string): string {
  return `MP_${className.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/**
 * One CCD's mask as the bytes of a RICE-compressed image extension: the input's cards (EXTNAME, WCS, exposure) and one card per class,
 * `HIERARCH MP_<CLASS> = <bit>`, as the Rubin pipelines name their planes.
 * @param mask height*width, taxonomy bits.
 * @param classes the classes this mask could hold.
 */
export function encodeMask(
  input: Header,
  mask: Int32Array,
  width: number,
  height: number,
  classes: readonly string[],
): Uint8Array {
  const header = maskHeader(input);
  header.addComment('Blemish artifact mask: a pixel has bit n (value 2**n) where class n was found.');
  for (const name of classes) {
    const { maskBit } = artifactClass(name);
    header.set(planeKeyword(name), maskBit, `bit ${maskBit}: ${name}`);
  }
  return encodeHdu({ header, shape: [height, width], data: mask, compression: { type: 'RICE_1' } }, false);
}

/** The primary HDU of a mask file, without data: the input's own primary cards and which model made it. */
export function encodeMaskPrimary(
  input: Header | null,
  provenance: MaskProvenance,
  scheme: MaskScheme | null,
): Uint8Array {
  const header = input === null ? new Header() : maskHeader(input);
  header.set('PRODTYPE', 'mask', 'artifact mask by Blemish');
  header.set('BLMVERS', provenance.version, 'version of Blemish');
  header.set('BLMMODEL', provenance.modelName, 'model bundle');
  header.set('BLMSHA', provenance.modelSha256, 'sha256 of the model');
  if (scheme !== null) {
    header.addComment(`The pipeline's own mask of this file: ${scheme.name}, ${scheme.kind}:`);
    for (const [name, value] of Object.entries(scheme.values)) header.addComment(`  ${value} = ${name}`);
  }
  return encodeHdu({ header, shape: [], data: null }, true);
}
