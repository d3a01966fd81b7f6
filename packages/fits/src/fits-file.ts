import type { ByteSource } from './byte-source.ts';
import { gunzipWhole, isGzip, memorySource, readExactly } from './byte-source.ts';
import { readCompressed } from './compressed-image.ts';
import { FitsError } from './errors.ts';
import type { Hdu } from './hdu.ts';
import { describeHdu } from './hdu.ts';
import { scanHdus } from './hdu-scan.ts';
import type { Header } from './header.ts';
import type { ImagePixels, StoredArray, StoredPixels } from './image-data.ts';
import {
  applyUnsigned,
  checkElements,
  checkRows,
  decodeBigEndian,
  isStoredAs,
  readScaling,
  toPhysical,
} from './image-data.ts';
import { readAsciiTable } from './table/ascii-table.ts';
import { readBinaryTable } from './table/binary-table.ts';
import type { Table, TableReadOptions } from './table/table.ts';

export interface StoredReadOptions {
  /**
   * Rows [from, to) to read; only their bytes (or tiles) are touched. In an image of more than two dimensions rows
   * count through all planes, and the result is two-dimensional.
   */
  rows?: readonly [number, number];
  /**
   * Filled and returned (or viewed) instead of a new array where its type and length are those of the values; any other is left alone. For
   * images of one size after another, whose 30 MB cost more to find and to collect than to decode. Its contents mean nothing after an error.
   */
  into?: StoredArray;
}

export interface ImageReadOptions extends StoredReadOptions {
  /** Float32Array whatever BITPIX is. */
  as?: 'float32';
}

/** An open FITS file. Headers have been read, data is read when asked for. */
export interface FitsFile {
  readonly name: string;
  readonly hdus: readonly Hdu[];
  /** What stopped the reading of headers before the end of the file; the HDUs listed are usable up to there. */
  readonly problems: readonly FitsError[];
  /**
   * An HDU by index (0 is the primary), or by EXTNAME, case-insensitively, `SCI,2` for EXTVER 2.
   * @throws FitsError HDU_NOT_FOUND, listing what there is
   */
  hdu(selector: number | string): Hdu;
  /**
   * Physical values (BSCALE, BZERO applied, BLANK as NaN): Float32Array for BITPIX 8, 16, -32, else Float64Array.
   * @throws FitsError WRONG_HDU_KIND, TRUNCATED_DATA, BAD_COMPRESSION, TOO_LARGE; RangeError for impossible rows
   */
  readImage(hdu: Hdu, options?: ImageReadOptions): Promise<ImagePixels>;
  /** Stored values, for masks and other integers: unscaled, except that the unsigned convention is undone. Throws as readImage. */
  readStored(hdu: Hdu, options?: StoredReadOptions): Promise<StoredPixels>;
  /**
   * Columns (all, or those named) of a table, only the rows asked for.
   * @throws FitsError WRONG_HDU_KIND, COLUMN_NOT_FOUND, BAD_TABLE, TRUNCATED_DATA; RangeError for impossible rows
   */
  readTable(hdu: Hdu, options?: TableReadOptions): Promise<Table>;
  /** The HDU's header with the primary's cards it inherits (INHERIT = T); its own cards win. */
  inheritedHeader(hdu: Hdu): Header;
  close(): Promise<void>;
}

/**
 * Opens a file: reads every header, no data. A gzipped file is unpacked in memory first.
 * @throws FitsError when the primary header is bad (EMPTY_FILE, NOT_FITS, TRUNCATED_HEADER, BAD_HEADER, BAD_GZIP)
 */
export async function openFits(source: ByteSource): Promise<FitsFile> {
  let plain = source;
  if (isGzip(await source.read(0, 2))) {
    const packed = await readExactly(source, 0, source.size);
    plain = { ...memorySource(gunzipWhole(packed, source.name), source.name), close: () => source.close() };
  }
  const { hdus, problems } = await scanHdus(plain);
  return new OpenFits(plain, hdus, problems);
}

class OpenFits implements FitsFile {
  readonly hdus: readonly Hdu[];
  readonly problems: readonly FitsError[];
  readonly #source: ByteSource;

  constructor(source: ByteSource, hdus: readonly Hdu[], problems: readonly FitsError[]) {
    this.#source = source;
    this.hdus = hdus;
    this.problems = problems;
  }

  get name(): string {
    return this.#source.name;
  }

  hdu(selector: number | string): Hdu {
    const found = typeof selector === 'number' ? this.hdus[selector] : this.#byName(selector);
    if (found !== undefined) return found;
    const list = this.hdus.map(describeHdu).join('; ');
    throw new FitsError('HDU_NOT_FOUND', `no HDU '${selector}'; there are: ${list}`, { path: this.name });
  }

  #byName(selector: string): Hdu | undefined {
    const same = (hdu: Hdu, name: string) => hdu.name.toUpperCase() === name.trim().toUpperCase();
    const exact = this.hdus.find((hdu) => same(hdu, selector));
    if (exact !== undefined) return exact;
    const versioned = /^(.*),\s*(\d+)\s*$/.exec(selector);
    if (versioned !== null)
      return this.hdus.find((hdu) => same(hdu, versioned[1]) && hdu.version === Number(versioned[2]));
    if (/^\s*\d+\s*$/.test(selector)) return this.hdus[Number(selector)];
    return selector.trim().toUpperCase() === 'PRIMARY' ? this.hdus[0] : undefined;
  }

  async readImage(hdu: Hdu, options: ImageReadOptions = {}): Promise<ImagePixels> {
    const { data, shape } = await this.#read(hdu, options);
    const scaling = readScaling(hdu.header, hdu.bitpix);
    // Where the stored values stand in `into` already, they are not converted into themselves.
    const into = data.buffer === options.into?.buffer ? undefined : options.into;
    return { shape, data: toPhysical(data, hdu.bitpix, scaling, options.as, into) };
  }

  async readStored(hdu: Hdu, options: StoredReadOptions = {}): Promise<StoredPixels> {
    const { data, shape } = await this.#read(hdu, options);
    return { shape, data: applyUnsigned(data, readScaling(hdu.header, hdu.bitpix), hdu.bitpix) };
  }

  /** Values as stored, in memory that is ours. */
  async #read(
    hdu: Hdu,
    options: StoredReadOptions,
  ): Promise<{ shape: readonly number[]; data: StoredArray }> {
    if (hdu.kind !== 'image' && hdu.kind !== 'compressed-image')
      throw new FitsError('WRONG_HDU_KIND', `HDU ${describeHdu(hdu)} holds no image`, {
        path: this.name,
        hdu: hdu.index,
      });
    const width = hdu.shape.at(-1)!;
    const height = hdu.shape.slice(0, -1).reduce((product, n) => product * n, 1);
    const [from, to] = checkRows(options.rows, height);
    const shape = options.rows === undefined ? hdu.shape : [to - from, width];
    checkElements((to - from) * width, { path: this.name, hdu: hdu.index });
    if (hdu.kind === 'compressed-image')
      return { shape, data: await readCompressed(this.#source, hdu, [from, to], options.into) };
    const rowBytes = (width * Math.abs(hdu.bitpix)) / 8;
    const bytes = await readExactly(
      this.#source,
      hdu.dataOffset + from * rowBytes,
      (to - from) * rowBytes,
      hdu.index,
      isStoredAs(hdu.bitpix, options.into) ? bytesOf(options.into) : undefined,
    );
    return { shape, data: decodeBigEndian(bytes, hdu.bitpix, this.#source.fresh) };
  }

  async readTable(hdu: Hdu, options: TableReadOptions = {}): Promise<Table> {
    const isAscii = hdu.kind === 'ascii-table';
    if (!isAscii && hdu.kind !== 'table')
      throw new FitsError('WRONG_HDU_KIND', `HDU ${describeHdu(hdu)} holds no table`, {
        path: this.name,
        hdu: hdu.index,
      });
    try {
      return await (isAscii ? readAsciiTable : readBinaryTable)(this.#source, hdu, options);
    } catch (error) {
      throw error instanceof FitsError ? error.at({ path: this.name, hdu: hdu.index }) : error;
    }
  }

  inheritedHeader(hdu: Hdu): Header {
    return hdu.index === 0 ? hdu.header : inheritHeader(hdu.header, this.hdus[0].header);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: StoredArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const notInherited =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BSCALE|BZERO|BLANK|BUNIT|DATAMIN|DATAMAX|CHECKSUM|DATASUM|EXTNAME|EXTVER|EXTLEVEL|NEXTEND|INHERIT)$/;

const wcsKeyword =
  /^(WCSAXES|CTYPE\d|CUNIT\d|CRVAL\d|CRPIX\d|CDELT\d|CROTA\d|CD\d_\d|PC\d_\d|PV\d_\d+|LONPOLE|LATPOLE|[AB]P?_(ORDER|\d_\d)|[AB]_DMAX)$/;

/**
 * An extension's header with the primary's cards behind its own, when it says INHERIT = T (or 'T', as some pipelines
 * write it); structure, scaling and checksums are never inherited (FITS standard 4.0, appendix K).
 */
export function inheritHeader(extension: Header, primary: Header): Header {
  const inherit = extension.get('INHERIT');
  const merged = extension.clone();
  const ownWcs = extension.has('CTYPE1');
  if (inherit !== true && !(typeof inherit === 'string' && inherit.trim().toUpperCase() === 'T'))
    return merged;
  for (const card of primary.cards) {
    if (card.value === undefined || notInherited.test(card.keyword) || extension.has(card.keyword)) continue;
    // Half a WCS from each header would be a third one, and wrong.
    if (ownWcs && wcsKeyword.test(card.keyword)) continue;
    merged.append(card);
  }
  return merged;
}
