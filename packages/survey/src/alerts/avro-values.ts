import { AlertProblem } from './avro-schema.ts';
import type { AvroType } from './avro-schema.ts';

/** A value as it is read; integers beyond 2^53 are bigints. Bytes are views of the data. */
export type AvroValue =
  null | boolean | number | bigint | string | Uint8Array | { readonly [field: string]: AvroValue };

/** Fields to read of a record, and what of each: `true` is all of it. The others are skipped. */
export type Wanted = ReadonlyMap<string, Wanted | true>;

/** Values within values: a type that holds itself may be as deep as the data say. */
const deepest = 100;
const text = new TextDecoder();

/** Reads one value after the other from bytes, never beyond their end. @throws AlertProblem where they end too early */
export class AvroCursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on by `length` bytes and tells where they start. */
  take(length: number): number {
    const start = this.at;
    if (!(length >= 0 && length <= this.bytes.length - start))
      throw new AlertProblem('the data end too early');
    this.at += length;
    return start;
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  long(): number | bigint {
    let low = 0;
    for (let k = 0; k < 4; k++) {
      const byte = this.bytes[this.take(1)];
      low |= (byte & 0x7f) << (7 * k);
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    let value = BigInt(low);
    for (let k = 4; k < 10; k++) {
      const byte = this.bytes[this.take(1)];
      value |= BigInt(byte & 0x7f) << BigInt(7 * k);
      if (byte < 0x80) {
        const signed = (value >> 1n) ^ -(value & 1n);
        return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
          ? Number(signed)
          : signed;
      }
    }
    throw new AlertProblem('a number is longer than 10 bytes');
  }

  /** A count or a place, which no file has beyond 2^53. */
  size(): number {
    const value = this.long();
    if (typeof value === 'bigint') throw new AlertProblem('a length is absurd');
    return value;
  }

  data(): Uint8Array {
    const length = this.size();
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  string(): string {
    return text.decode(this.data());
  }

  float(): number {
    return this.#view.getFloat32(this.take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.take(8), true);
  }
}

/** Reads a value, of records only what is wanted; arrays and maps come as null. @throws AlertProblem */
export function readAvro(type: AvroType, cursor: AvroCursor, wanted: Wanted | true, depth = 0): AvroValue {
  if (depth > deepest) throw new AlertProblem(`the data are nested more than ${deepest} deep`);
  switch (type.kind) {
    case 'record': {
      const record: Record<string, AvroValue> = {};
      for (const field of type.fields) {
        const inner = wanted === true ? true : wanted.get(field.name);
        if (inner === undefined) skipAvro(field.type, cursor, depth + 1);
        else record[field.name] = readAvro(field.type, cursor, inner, depth + 1);
      }
      return record;
    }
    case 'union':
      return readAvro(branchOf(type.branches, cursor), cursor, wanted, depth + 1);
    case 'null':
      return null;
    case 'boolean':
      return cursor.bytes[cursor.take(1)] !== 0;
    case 'int':
    case 'long':
      return cursor.long();
    case 'float':
      return cursor.float();
    case 'double':
      return cursor.double();
    case 'bytes':
      return cursor.data();
    case 'string':
      return cursor.string();
    case 'fixed': {
      const start = cursor.take(type.size);
      return cursor.bytes.subarray(start, start + type.size);
    }
    case 'enum':
      return type.symbols[cursor.size()] ?? null;
    case 'array':
    case 'map':
      skipAvro(type, cursor, depth);
      return null;
  }
}

/** Passes over a value. @throws AlertProblem */
export function skipAvro(type: AvroType, cursor: AvroCursor, depth = 0): void {
  if (depth > deepest) throw new AlertProblem(`the data are nested more than ${deepest} deep`);
  switch (type.kind) {
    case 'record':
      for (const field of type.fields) skipAvro(field.type, cursor, depth + 1);
      return;
    case 'union':
      skipAvro(branchOf(type.branches, cursor), cursor, depth + 1);
      return;
    case 'null':
      return;
    case 'boolean':
      cursor.take(1);
      return;
    case 'int':
    case 'long':
    case 'enum':
      skipLong(cursor);
      return;
    case 'float':
      cursor.take(4);
      return;
    case 'double':
      cursor.take(8);
      return;
    case 'bytes':
    case 'string':
      cursor.take(cursor.size());
      return;
    case 'fixed':
      cursor.take(type.size);
      return;
    case 'array':
    case 'map':
      skipBlocks(type.items, type.kind === 'map', cursor, depth + 1);
  }
}

/** Blocks of items, each with their count before them and, where it is negative, with their bytes; a count of 0 ends them. */
function skipBlocks(items: AvroType, keyed: boolean, cursor: AvroCursor, depth: number): void {
  for (let count = cursor.size(); count !== 0; count = cursor.size()) {
    if (count < 0) {
      cursor.take(cursor.size());
      continue;
    }
    for (let k = 0; k < count; k++) {
      const before = cursor.at;
      if (keyed) cursor.take(cursor.size());
      skipAvro(items, cursor, depth);
      // Items of no bytes may be as many as the count says: their end is here.
      if (cursor.at === before) break;
    }
  }
}

function skipLong(cursor: AvroCursor): void {
  for (let k = 0; k < 10; k++) if (cursor.bytes[cursor.take(1)] < 0x80) return;
  throw new AlertProblem('a number is longer than 10 bytes');
}

function branchOf(branches: readonly AvroType[], cursor: AvroCursor): AvroType {
  const branch = branches[cursor.size()];
  if (branch === undefined) throw new AlertProblem('a value is of a type that its schema does not have');
  return branch;
}
