import { inflateRawSync } from 'node:zlib';
import { snappyUncompress } from 'hyparquet';
import { AlertProblem, parseAvroSchema } from './avro-schema.ts';
import type { AvroType } from './avro-schema.ts';
import { AvroCursor } from './avro-values.ts';
import type { ByteWindow } from './byte-window.ts';

/** Values that were written together. */
export interface AvroBlock {
  readonly schema: AvroType;
  /** How many values the data hold. */
  readonly count: number;
  /** Valid until the next block is asked for. */
  readonly data: Uint8Array;
  /** Of the block in the file, in bytes. */
  readonly offset: number;
}

/** A piece of the file that cannot be read; what follows it may be. */
export interface AvroDamage {
  readonly offset: number;
  readonly problem: string;
}

/** What every container file begins with. */
const magic = Uint8Array.from([0x4f, 0x62, 0x6a, 0x01]);
const syncLength = 16;
/** Headers hold a schema, some 20 kB for the alerts of today. */
const longestHeader = 1 << 24;
/** Bytes of one block, packed or not: it is held in memory. */
const largestBlock = 1 << 29;

interface AvroHeader {
  readonly schema: AvroType;
  readonly codec: string;
  readonly sync: Uint8Array;
  readonly length: number;
}

/**
 * Reads object container files (Avro specification 1.12, "Object Container Files"), also several after one another, block by block: one
 * block is in memory at a time. After damage it goes on at the next sync marker or the next file's beginning, whichever comes first. Codecs
 * null, deflate and snappy.
 */
export async function* readAvroBlocks(window: ByteWindow): AsyncGenerator<AvroBlock | AvroDamage> {
  let header: AvroHeader | null = null;
  while (window.left > 0) {
    const { offset } = window;
    try {
      if (startsWith(await window.ahead(magic.length), magic)) {
        header = null;
        header = await readHeader(window);
        window.skip(header.length);
        continue;
      }
      if (header === null) throw new AlertProblem('is no Avro file with its schema inside (Obj1 expected)');
      yield await readBlock(window, header);
    } catch (error) {
      if (!(error instanceof AlertProblem)) throw error;
      yield { offset, problem: error.message };
      await window.seek(magic, ...(header === null ? [] : [header.sync]));
      if (header !== null && startsWith(await window.ahead(syncLength), header.sync)) window.skip(syncLength);
    }
  }
}

async function readHeader(window: ByteWindow): Promise<AvroHeader> {
  for (let length = 1 << 16; ; length *= 4) {
    const bytes = await window.ahead(length);
    try {
      return parseHeader(bytes);
    } catch (error) {
      if (!(error instanceof AlertProblem) || bytes.length >= Math.min(window.left, longestHeader))
        throw error;
    }
  }
}

function parseHeader(bytes: Uint8Array): AvroHeader {
  const cursor = new AvroCursor(bytes);
  cursor.take(magic.length);
  let schema: Uint8Array | null = null;
  let codec = 'null';
  for (let count = cursor.size(); count !== 0; count = cursor.size()) {
    if (count < 0) cursor.size();
    for (let k = Math.abs(count); k > 0; k--) {
      const key = cursor.string();
      const value = cursor.data();
      if (key === 'avro.schema') schema = value;
      else if (key === 'avro.codec') codec = new TextDecoder().decode(value);
    }
  }
  const start = cursor.take(syncLength);
  if (schema === null) throw new AlertProblem('its header holds no schema');
  return { schema: schemaOf(schema), codec, sync: bytes.slice(start, cursor.at), length: cursor.at };
}

/** The last schemas read: thousands of packets bring the same one, each its own copy of 20 kB. */
const known: { readonly bytes: Buffer; readonly schema: AvroType }[] = [];
const mostKnown = 8;

function schemaOf(bytes: Uint8Array): AvroType {
  const found = known.find((each) => each.bytes.equals(bytes));
  if (found !== undefined) return found.schema;
  const schema = parseAvroSchema(new TextDecoder().decode(bytes));
  known.unshift({ bytes: Buffer.from(bytes), schema });
  known.length = Math.min(known.length, mostKnown);
  return schema;
}

async function readBlock(window: ByteWindow, { schema, codec, sync }: AvroHeader): Promise<AvroBlock> {
  const { offset } = window;
  const cursor = new AvroCursor(await window.ahead(2 * 10));
  const count = cursor.size();
  const size = cursor.size();
  if (count < 0 || size < 0) throw new AlertProblem('a block has a negative length');
  const length = cursor.at + size + syncLength;
  if (length > window.left)
    throw new AlertProblem(`is cut off: a block needs ${length} bytes, ${window.left} are there`);
  if (size > largestBlock) throw new AlertProblem(`a block of ${size} bytes is larger than ${largestBlock}`);
  const bytes = await window.ahead(length);
  if (bytes.length < length) throw new AlertProblem('is cut off while it is read');
  const packed = bytes.subarray(cursor.at, cursor.at + size);
  if (!startsWith(bytes.subarray(cursor.at + size), sync))
    throw new AlertProblem('a block does not end where it says');
  const data = unpack(packed, codec);
  window.skip(length);
  return { schema, count, data, offset };
}

function unpack(packed: Uint8Array, codec: string): Uint8Array {
  try {
    switch (codec) {
      case 'null':
        return packed;
      case 'deflate':
        return inflateRawSync(packed, { maxOutputLength: largestBlock });
      case 'snappy':
        return unpackSnappy(packed);
    }
  } catch (cause) {
    throw new AlertProblem(`a block cannot be unpacked (${codec})`, { cause });
  }
  throw new AlertProblem(`is packed with ${JSON.stringify(codec)}; known are null, deflate and snappy`);
}

/** A block of snappy, whose first number is the length of what is in it, and four bytes of a check sum. */
function unpackSnappy(packed: Uint8Array): Uint8Array {
  let length = 0;
  for (let k = 0, byte = 0x80; byte >= 0x80; k++) {
    byte = packed[k] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * k);
  }
  if (length > largestBlock) throw new RangeError(`${length} bytes`);
  const out = new Uint8Array(length);
  snappyUncompress(packed.subarray(0, packed.length - 4), out);
  return out;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, k) => byte === bytes[k]);
}
