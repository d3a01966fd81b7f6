/** What a compressed image's table header says: FITS standard 4.0, section 10.1. */
import { compressedAxes } from '../compressed-hdu.ts';
import type { FitsErrorPlace } from '../errors.ts';
import { FitsError } from '../errors.ts';
import type { Header } from '../header.ts';
import type { Field } from '../table/tform.ts';
import { readFields } from '../table/tform.ts';

export const compressionTypes = [
  'RICE_1',
  'GZIP_1',
  'GZIP_2',
  'PLIO_1',
  'HCOMPRESS_1',
  'NOCOMPRESS',
] as const;
export type CompressionType = (typeof compressionTypes)[number];

export interface Layout {
  readonly type: CompressionType;
  readonly bitpix: number;
  /** ZNAXISn, ZTILEn and the number of tiles along each axis, FITS order (fastest first). */
  readonly axes: readonly number[];
  readonly tileAxes: readonly number[];
  readonly tileCounts: readonly number[];
  readonly tiles: number;
  readonly rowBytes: number;
  readonly columns: {
    readonly compressed: Field | undefined;
    readonly gzipped: Field | undefined;
    readonly uncompressed: Field | undefined;
    readonly scale: Field | undefined;
    readonly zero: Field | undefined;
    readonly blank: Field | undefined;
  };
  /** Floats stored as integers with a scale and zero per tile. */
  readonly quantized: boolean;
  readonly dither: 0 | 1 | 2;
  readonly zdither0: number;
  /** Keyword values where there is no column. */
  readonly zscale: number;
  readonly zzero: number;
  readonly zblank: number | undefined;
  readonly blockSize: number;
  readonly bytepix: 1 | 2 | 4;
  /** HCOMPRESS_1: smooth the blocks that lossy compression leaves. */
  readonly smooth: boolean;
  /** BZERO of the image, for PLIO_1 of unsigned 16-bit integers. */
  readonly bzero: number;
}

/** @throws FitsError BAD_HEADER, BAD_TABLE or UNSUPPORTED */
export function readLayout(header: Header, place: FitsErrorPlace): Layout {
  const type = compressionType(header, place);
  let axes: readonly number[];
  let fields: readonly Field[];
  try {
    axes = compressedAxes(header);
    fields = readFields(header);
  } catch (error) {
    throw error instanceof FitsError ? error.at(place) : error;
  }
  const bitpix = header.number('ZBITPIX')!;
  const tileAxes = axes.map((length, i) => {
    const tile = header.get(`ZTILE${i + 1}`) ?? (i === 0 ? length : 1);
    if (typeof tile !== 'number' || !Number.isSafeInteger(tile) || tile < 1)
      throw new FitsError('BAD_HEADER', `ZTILE${i + 1} is ${String(tile)}, not a positive integer`, {
        ...place,
        keyword: `ZTILE${i + 1}`,
      });
    return Math.min(tile, Math.max(length, 1));
  });
  const tileCounts = axes.map((length, i) => Math.ceil(length / tileAxes[i]));
  const tiles = tileCounts.reduce((product, n) => product * n, 1);
  const rows = header.number('NAXIS2') ?? 0;
  if (rows < tiles)
    throw new FitsError('BAD_HEADER', `the image has ${tiles} tiles, its table ${rows} rows`, {
      ...place,
      keyword: 'NAXIS2',
    });
  const column = (name: string) => fields.find((field) => field.name.toUpperCase() === name);
  const columns = {
    compressed: column('COMPRESSED_DATA'),
    gzipped: column('GZIP_COMPRESSED_DATA'),
    uncompressed: column('UNCOMPRESSED_DATA'),
    scale: column('ZSCALE'),
    zero: column('ZZERO'),
    blank: column('ZBLANK'),
  };
  const hasScale = columns.scale !== undefined || header.has('ZSCALE');
  const quantizer = header.string('ZQUANTIZ') ?? 'NO_DITHER';
  const dither = { SUBTRACTIVE_DITHER_1: 1, SUBTRACTIVE_DITHER_2: 2 }[quantizer] ?? 0;
  const parameter = parameters(header);
  const blockSize = parameter('BLOCKSIZE') ?? 32;
  const bytepix = parameter('BYTEPIX') ?? 4;
  if (type === 'RICE_1') {
    if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > 2 ** 26)
      throw new FitsError('BAD_HEADER', `the Rice block size is ${blockSize}`, {
        ...place,
        keyword: 'ZVAL1',
      });
    if (bytepix === 8)
      throw new FitsError('UNSUPPORTED', 'Rice-compressed 64-bit integers', { ...place, keyword: 'ZVAL2' });
    if (bytepix !== 1 && bytepix !== 2 && bytepix !== 4)
      throw new FitsError('BAD_HEADER', `Rice pixels of ${bytepix} bytes`, { ...place, keyword: 'ZVAL2' });
  }
  const quantized = bitpix < 0 && hasScale && quantizer !== 'NONE';
  const zdither0 = header.number('ZDITHER0') ?? 1;
  return {
    type,
    bitpix,
    axes,
    tileAxes,
    tileCounts,
    tiles,
    rowBytes: header.number('NAXIS1') ?? 0,
    columns,
    quantized,
    dither: dither as 0 | 1 | 2,
    zdither0,
    zscale: header.number('ZSCALE') ?? 1,
    zzero: header.number('ZZERO') ?? 0,
    zblank: header.number('ZBLANK'),
    blockSize,
    bytepix: bytepix as 1 | 2 | 4,
    smooth: (parameter('SMOOTH') ?? 0) !== 0,
    bzero: header.number('BZERO') ?? 0,
  };
}

function compressionType(header: Header, place: FitsErrorPlace): CompressionType {
  const name = header.string('ZCMPTYPE') ?? '';
  // An early draft of the standard's name, still met in old files.
  const known = compressionTypes.find((type) => type === (name === 'RICE_ONE' ? 'RICE_1' : name));
  if (known === undefined)
    throw new FitsError('UNSUPPORTED', `the compression '${name}'`, { ...place, keyword: 'ZCMPTYPE' });
  return known;
}

/** ZNAMEi and ZVALi. */
function parameters(header: Header): (name: string) => number | undefined {
  return (name) => {
    for (let i = 1; header.has(`ZNAME${i}`); i++)
      if (header.string(`ZNAME${i}`)?.toUpperCase() === name) return header.number(`ZVAL${i}`);
    return undefined;
  };
}
