/** PLIO_1, IRAF's pixel list run-length code: FITS standard 4.0, section 10.4.3. Non-negative integers below 2^24. */
import { TileError } from './tile-error.ts';

/** Instruction codes: the upper four bits of a word; the lower twelve are its operand. */
const SET_HIGH = 1;
const ADD = 2;
const SUBTRACT = 3;
const RUN = 4;
const ZEROS_THEN_ONE = 5;
const ADD_AND_PUT = 6;
const SUBTRACT_AND_PUT = 7;

/**
 * Decodes `n` pixels from big-endian 16-bit words.
 * @throws TileError when the list's header contradicts its length, or an instruction is unknown
 */
export function plioDecode(bytes: Uint8Array, n: number): Int32Array {
  const out = new Int32Array(n);
  const words = bytes.length >> 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (i: number): number => view.getInt16(i * 2);
  if (words < 4) throw new TileError(`a line list of ${words} words has no header`);
  // Old lists put their length in word 3; new ones a header length in word 2 and the list's in words 4 and 5.
  const isOld = word(2) > 0;
  if (!isOld && words < 5) throw new TileError(`a line list of ${words} words has no header`);
  const length = isOld ? word(2) : (word(4) << 15) + word(3);
  const first = isOld ? 3 : word(1);
  if (length > words || first < 0)
    throw new TileError(`a line list of ${length} words in ${words} words of data`);
  let x = 0;
  let high = 1;
  for (let i = first; i < length; i++) {
    const instruction = word(i);
    const code = instruction >> 12;
    const operand = instruction & 0xfff;
    switch (code) {
      case 0:
      case RUN:
      case ZEROS_THEN_ONE: {
        const end = Math.min(x + operand, n);
        if (code === RUN) out.fill(high, x, end);
        else if (code === ZEROS_THEN_ONE && operand > 0 && x + operand <= n) out[end - 1] = high;
        x += operand;
        break;
      }
      case SET_HIGH:
        if (++i >= length) throw new TileError('a line list ends within an instruction');
        high = (word(i) << 12) + operand;
        break;
      case ADD:
        high += operand;
        break;
      case SUBTRACT:
        high -= operand;
        break;
      case ADD_AND_PUT:
      case SUBTRACT_AND_PUT:
        high += code === ADD_AND_PUT ? operand : -operand;
        if (x < n) out[x] = high;
        x++;
        break;
      default:
        throw new TileError(`instruction ${code} in a line list`);
    }
  }
  return out;
}
