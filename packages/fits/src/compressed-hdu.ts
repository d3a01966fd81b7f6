/**
 * The header side of tile compression (FITS standard 4.0, section 10.1): the Z-keywords in the binary table's header
 * name the image it stands for. The same cards come out as funpack writes.
 */
import type { Card, CardValue } from './card.ts';
import { FitsError } from './errors.ts';
import { Header } from './header.ts';

export const isCompressedImage = (stored: Header): boolean => stored.get('ZIMAGE') === true;

/** Keywords of the table and of the compression, which the image does not have. */
const dropped =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|THEAP|EXTEND|BLOCKED|CHECKSUM|DATASUM|T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM|BCOL)\d+|ZIMAGE|ZSIMPLE|ZTENSION|ZEXTEND|ZBLOCKED|ZPCOUNT|ZGCOUNT|ZBITPIX|ZNAXIS\d*|ZTILE\d+|ZCMPTYPE|ZNAME\d+|ZVAL\d+|ZQUANTIZ|ZDITHER0|ZBLANK|ZMASKCMP)$/;

/**
 * ZNAXISn in FITS order.
 * @throws FitsError BAD_HEADER
 */
export function compressedAxes(stored: Header): number[] {
  const naxis = stored.get('ZNAXIS');
  const bitpix = stored.get('ZBITPIX');
  const bad = (keyword: string) =>
    new FitsError('BAD_HEADER', `${keyword} is ${String(stored.get(keyword))} in a compressed image`, {
      keyword,
    });
  if (typeof naxis !== 'number' || !Number.isInteger(naxis) || naxis < 0 || naxis > 999) throw bad('ZNAXIS');
  if (typeof bitpix !== 'number' || ![8, 16, 32, 64, -32, -64].includes(bitpix)) throw bad('ZBITPIX');
  const axes: number[] = [];
  for (let n = 1; n <= naxis; n++) {
    const length = stored.get(`ZNAXIS${n}`);
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) throw bad(`ZNAXIS${n}`);
    axes.push(length);
  }
  const elements = axes.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(elements * 8))
    throw new FitsError('TOO_LARGE', `ZNAXIS = ${axes.join(' × ')}`, { keyword: 'ZNAXIS' });
  return naxis === 0 ? [0] : axes;
}

/** The header of the image that a compressed image's table stands for. `index` is where its HDU stands in the file. */
export function uncompressedHeader(stored: Header, index: number): Header {
  const header = new Header();
  const primary = stored.get('ZSIMPLE') === true || index === 0;
  const take = (from: string, to: string, value: CardValue, comment: string) =>
    header.set(to, stored.get(from) ?? value, comment);
  if (primary) take('ZSIMPLE', 'SIMPLE', true, 'file does conform to FITS standard');
  else take('ZTENSION', 'XTENSION', 'IMAGE', 'IMAGE extension');
  take('ZBITPIX', 'BITPIX', 8, 'number of bits per data pixel');
  const naxis = stored.number('ZNAXIS') ?? 0;
  take('ZNAXIS', 'NAXIS', 0, 'number of data axes');
  for (let n = 1; n <= naxis; n++) take(`ZNAXIS${n}`, `NAXIS${n}`, 0, `length of data axis ${n}`);
  if (primary) {
    if (stored.has('ZEXTEND')) take('ZEXTEND', 'EXTEND', true, 'FITS dataset may contain extensions');
    if (stored.has('ZBLOCKED')) take('ZBLOCKED', 'BLOCKED', true, 'obsolete');
  } else {
    take('ZPCOUNT', 'PCOUNT', 0, 'required keyword; must = 0');
    take('ZGCOUNT', 'GCOUNT', 1, 'required keyword; must = 1');
  }
  for (const card of stored.cards) {
    const renamed = translate(card);
    if (renamed !== null) header.append(renamed);
  }
  // An integer image whose undefined pixels are declared for the compressed integers only.
  const blank = stored.get('ZBLANK');
  if (typeof blank === 'number' && (stored.number('ZBITPIX') ?? 0) > 0 && !header.has('BLANK'))
    header.set('BLANK', blank, 'value of undefined pixels');
  return header;
}

function translate(card: Card): Card | null {
  const { keyword } = card;
  if (keyword === 'ZHECKSUM' || keyword === 'ZDATASUM') {
    // The checksums that the image had before it was packed.
    return {
      keyword: keyword === 'ZHECKSUM' ? 'CHECKSUM' : 'DATASUM',
      value: card.value ?? null,
      comment: card.comment ?? '',
    };
  }
  if (keyword === 'EXTNAME' && card.value === 'COMPRESSED_IMAGE') return null;
  return dropped.test(keyword) ? null : card;
}
