import type { ByteSource } from './byte-source.ts';
import { compressedAxes, isCompressedImage, uncompressedHeader } from './compressed-hdu.ts';
import { FitsError } from './errors.ts';
import type { Hdu, HduKind, Structure } from './hdu.ts';
import { readStructure, toShape } from './hdu.ts';
import { Header, isEndCard } from './header.ts';

const BLOCK = 2880;
const CARD = 80;
/** Headers are read this much at a time: one read for most. */
const CHUNK = 8 * BLOCK;
/** No header is this long; a file without END would otherwise be read to its end. */
const MAX_HEADER = 32 * 1024 * 1024;

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

export interface HduScan {
  readonly hdus: readonly Hdu[];
  /** What stopped the scan before the end of the file: the HDUs found up to there are good. */
  readonly problems: readonly FitsError[];
}

/**
 * Walks over the file, reading headers and skipping data.
 * @throws FitsError EMPTY_FILE, NOT_FITS, TRUNCATED_HEADER, BAD_HEADER or TOO_LARGE when the primary HDU is bad; trouble further on is a problem of the result.
 */
export async function scanHdus(source: ByteSource): Promise<HduScan> {
  if (source.size === 0) throw new FitsError('EMPTY_FILE', 'The file is empty', { path: source.name });
  const hdus: Hdu[] = [];
  const problems: FitsError[] = [];
  let offset = 0;
  while (offset < source.size) {
    try {
      const hdu = await readHdu(source, offset, hdus.length);
      if (hdu === null) break; // special records or junk behind the last HDU: not ours
      hdus.push(hdu);
      const end = hdu.dataOffset + hdu.dataSize;
      if (end > source.size) {
        const detail = `${hdu.dataSize} bytes of data are declared but the file ends at ${source.size}`;
        problems.push(
          new FitsError('TRUNCATED_DATA', detail, {
            path: source.name,
            hdu: hdu.index,
            byte: hdu.dataOffset,
          }),
        );
        break;
      }
      offset = Math.ceil(end / BLOCK) * BLOCK;
    } catch (error) {
      if (!(error instanceof FitsError)) throw error;
      const located = error.at({ path: source.name, hdu: hdus.length, byte: offset });
      if (hdus.length === 0) throw located;
      problems.push(located);
      break;
    }
  }
  return { hdus, problems };
}

async function readHdu(source: ByteSource, offset: number, index: number): Promise<Hdu | null> {
  let bytes = await source.read(offset, CHUNK);
  const start = latin1(bytes, 0, 9);
  if (index === 0) {
    if (!start.startsWith('SIMPLE  =')) {
      const shown = JSON.stringify(latin1(bytes, 0, 30));
      throw new FitsError('NOT_FITS', `the file begins with ${shown}`, { byte: 0 });
    }
  } else if (!start.startsWith('XTENSION=')) return null;
  let end = findEnd(bytes, 0);
  while (end < 0) {
    const more = bytes.length >= MAX_HEADER ? null : await source.read(offset + bytes.length, bytes.length);
    if (more === null || more.length === 0)
      throw new FitsError('TRUNCATED_HEADER', `no END card in ${bytes.length} bytes`);
    const joined = new Uint8Array(bytes.length + more.length);
    joined.set(bytes);
    joined.set(more, bytes.length);
    end = findEnd(joined, Math.floor(bytes.length / CARD) * CARD);
    bytes = joined;
  }
  const header = Header.parse(bytes.subarray(0, end));
  const dataOffset = offset + Math.ceil(end / BLOCK) * BLOCK;
  return describe(index, header, offset, dataOffset);
}

/**
 * Offset just behind the END card, or -1.
 * @throws FitsError TRUNCATED_HEADER when the cards turn into something that is no text: END is missing.
 */
function findEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 <= bytes.length; at += CARD) {
    const first = bytes[at];
    // 'E', 'N', 'D': compared as bytes first, because this runs over every card.
    if (first === 0x45 && bytes[at + 1] === 0x4e && bytes[at + 2] === 0x44) {
      if (isEndCard(latin1(bytes, at, Math.min(at + CARD, bytes.length)))) return at + CARD;
    } else if (at % BLOCK === 0 && isBinary(bytes, at))
      throw new FitsError('TRUNCATED_HEADER', `no END card, and byte ${at} of the header is not text`);
  }
  return -1;
}

function isBinary(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 8 && i < bytes.length; i++) if (bytes[i] < 32 || bytes[i] > 126) return true;
  return false;
}

function describe(index: number, stored: Header, headerOffset: number, dataOffset: number): Hdu {
  const structure = readStructure(stored);
  const kind = kindOf(stored, structure);
  const compressed = kind === 'compressed-image';
  const shape = kind === 'empty' ? [] : toShape(compressed ? compressedAxes(stored) : structure.axes);
  const isImage = kind === 'image' || compressed;
  const extname = stored.string('EXTNAME') ?? '';
  let header: Header | null = compressed ? null : stored;
  return {
    index,
    // The name cfitsio gives a table that holds an image without one.
    name: compressed && extname === 'COMPRESSED_IMAGE' ? '' : extname,
    version: stored.number('EXTVER') ?? 1,
    kind: isImage && shape.length === 0 ? 'empty' : kind,
    get header() {
      // Translated only when somebody looks: a 62-CCD file has 62 of them.
      return (header ??= uncompressedHeader(stored, index));
    },
    storedHeader: stored,
    shape,
    bitpix: compressed ? (stored.number('ZBITPIX') ?? 0) : structure.bitpix,
    headerOffset,
    dataOffset,
    dataSize: structure.dataSize,
  };
}

function kindOf(header: Header, structure: Structure): HduKind {
  const { axes, groups } = structure;
  const type = header.has('XTENSION') ? (header.string('XTENSION') ?? '') : 'IMAGE';
  switch (type) {
    case 'IMAGE':
    case 'IUEIMAGE':
      return groups || axes.length === 0 || axes.includes(0) ? 'empty' : 'image';
    case 'BINTABLE':
    case 'A3DTABLE':
      requireTable(structure);
      return isCompressedImage(header) ? 'compressed-image' : 'table';
    case 'TABLE':
      requireTable(structure);
      return 'ascii-table';
    default:
      return 'empty';
  }
}

function requireTable(structure: Structure): void {
  if (structure.axes.length !== 2 || structure.bitpix !== 8)
    throw new FitsError('BAD_HEADER', 'a table must have NAXIS = 2 and BITPIX = 8', { keyword: 'NAXIS' });
}
