/** The heap of variable-length arrays behind a binary table: FITS standard 4.0, 7.3.5. */
import type { ByteSource } from '../byte-source.ts';
import { readExactly } from '../byte-source.ts';
import { FitsError } from '../errors.ts';
import type { Hdu } from '../hdu.ts';
import { decodeElements, decodeString } from './column-data.ts';
import type { NumericArray } from './table.ts';
import type { Field } from './tform.ts';
import { elementBytes } from './tform.ts';

/** Count and heap offset of each row's array. */
export interface Descriptors {
  readonly counts: Float64Array;
  readonly offsets: Float64Array;
}

/** P descriptors are two 32-bit, Q two 64-bit integers; `bytes` holds them row after row. */
export function readDescriptors(bytes: Uint8Array, letter: string, rowCount: number): Descriptors {
  const counts = new Float64Array(rowCount);
  const offsets = new Float64Array(rowCount);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 0)
    for (let row = 0; row < rowCount; row++) {
      if (letter === 'P') {
        counts[row] = view.getInt32(row * 8);
        offsets[row] = view.getInt32(row * 8 + 4);
      } else {
        counts[row] = Number(view.getBigInt64(row * 16));
        offsets[row] = Number(view.getBigInt64(row * 16 + 8));
      }
    }
  return { counts, offsets };
}

/** Reads slices of one HDU's heap. */
export class HeapReader {
  readonly #source: ByteSource;
  readonly #hdu: Hdu;
  /** Absolute file offset of the heap and the bytes it may use. */
  readonly #start: number;
  readonly #size: number;

  constructor(source: ByteSource, hdu: Hdu) {
    const header = hdu.storedHeader;
    const tableBytes = (header.number('NAXIS1') ?? 0) * (header.number('NAXIS2') ?? 0);
    const theap = header.number('THEAP') ?? tableBytes;
    this.#source = source;
    this.#hdu = hdu;
    this.#start = hdu.dataOffset + theap;
    // Some writers forget to count the heap in PCOUNT correctly; the data unit is what bounds it.
    this.#size = Math.max(0, hdu.dataSize - theap);
  }

  /**
   * @param into see `ByteSource.read`
   * @throws FitsError BAD_TABLE when the slice lies outside the heap, TRUNCATED_DATA when outside the file
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.#size))
      return Promise.reject(
        new FitsError(
          'BAD_TABLE',
          `a descriptor points at bytes ${offset} to ${offset + length} of a heap of ${this.#size} bytes`,
          { hdu: this.#hdu.index, keyword: 'PCOUNT' },
        ),
      );
    return readExactly(this.#source, this.#start + offset, length, this.#hdu.index, into);
  }

  /** One array a row. Rows that lie close together are fetched with one read. */
  async readArrays(field: Field, { counts, offsets }: Descriptors): Promise<(NumericArray | string)[]> {
    const letter = field.heapLetter;
    const lengths = counts.map((n) => (letter === 'X' ? Math.ceil(n / 8) : n * elementBytes[letter]));
    let low = Infinity;
    let high = 0;
    let total = 0;
    for (let row = 0; row < counts.length; row++) {
      if (lengths[row] === 0) continue;
      low = Math.min(low, offsets[row]);
      high = Math.max(high, offsets[row] + lengths[row]);
      total += Math.max(0, lengths[row]);
    }
    // Rows may share bytes of the heap; a corrupt table may do it to ask for more than there can be.
    if (total > 16 * this.#size + 2 ** 20)
      throw new FitsError('BAD_TABLE', `the rows ask for ${total} bytes of a heap of ${this.#size} bytes`, {
        hdu: this.#hdu.index,
        keyword: `TFORM${field.number}`,
      });
    const together = high - low <= 2 * total + 65536;
    const block = together && total > 0 ? await this.read(low, high - low) : null;
    const out: (NumericArray | string)[] = [];
    for (let row = 0; row < counts.length; row++) {
      const length = lengths[row];
      const bytes =
        length === 0
          ? new Uint8Array(0)
          : block === null
            ? await this.read(offsets[row], length)
            : this.#slice(block, offsets[row] - low, length);
      if (letter === 'A') out.push(decodeString(bytes));
      else
        out.push(
          decodeElements(new Uint8Array(bytes), letter, { ...field, repeat: counts[row] }, counts[row])
            .values,
        );
    }
    return out;
  }

  #slice(block: Uint8Array, from: number, length: number): Uint8Array {
    if (length < 0)
      throw new FitsError('BAD_TABLE', `a descriptor declares ${length} bytes`, { hdu: this.#hdu.index });
    return block.subarray(from, from + length);
  }
}
