import * as z from 'zod';

/** A typed array with its shape. */
export interface SavedArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array | Uint8Array;
}

/**
 * What a fitted model or transform is on disk: a few settings (JSON) and arrays by name (safetensors). `version` rises when the
 * meaning of the rest changes.
 */
export interface SavedParts {
  readonly kind: string;
  readonly version: number;
  /** Plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, SavedArray>>;
}

/** The settings of saved parts. @throws RangeError on parts of another kind or version, and on settings `schema` refuses. */
export function savedSettings<T>(parts: SavedParts, kind: string, version: number, schema: z.ZodType<T>): T {
  if (parts.kind !== kind) {
    throw new RangeError(
      `saved parts of '${parts.kind}' are not those of '${kind}': load them with their own kind`,
    );
  }
  if (parts.version !== version) {
    throw new RangeError(
      `saved '${kind}' of version ${parts.version}; this release reads version ${version}: fit it again`,
    );
  }
  const result = schema.safeParse(parts.settings);
  if (result.success) return result.data;
  throw new RangeError(
    `saved '${kind}' has damaged settings: ${z.prettifyError(result.error)}; fit it again`,
  );
}

/** A saved array of float64 of `length` numbers. @throws RangeError where it is not there, or of another type or length. */
export function savedNumbers(parts: SavedParts, name: string, length: number): Float64Array {
  const data = parts.arrays[name]?.data;
  if (data instanceof Float64Array && data.length === length) return data;
  throw damaged(parts, name, `${length} float64 numbers`);
}

/** A saved array of int32 of `length` numbers. @throws RangeError as `savedNumbers` does. */
export function savedIntegers(parts: SavedParts, name: string, length: number): Int32Array {
  const data = parts.arrays[name]?.data;
  if (data instanceof Int32Array && data.length === length) return data;
  throw damaged(parts, name, `${length} int32 numbers`);
}

/** A saved array of `length` bytes. @throws RangeError as `savedNumbers` does. */
export function savedBytes(parts: SavedParts, name: string, length: number): Uint8Array {
  const data = parts.arrays[name]?.data;
  if (data instanceof Uint8Array && data.length === length) return data;
  throw damaged(parts, name, `${length} bytes`);
}

function damaged({ kind, arrays }: SavedParts, name: string, expected: string): RangeError {
  const data = arrays[name]?.data;
  const found = data === undefined ? 'absent' : `${data.constructor.name} of ${data.length}`;
  return new RangeError(
    `saved '${kind}': array "${name}" should be ${expected} and is ${found}; fit it again`,
  );
}

/** Parts within other parts: their settings as plain JSON; their arrays lie among the others' under a prefix. */
export const savedPartsSchema = z.strictObject({
  kind: z.string(),
  version: z.int(),
  settings: z.record(z.string(), z.unknown()),
});
type NestedParts = z.output<typeof savedPartsSchema>;

/** Puts the arrays of parts among `arrays` under `prefix/`, and gives the rest. */
export function placeParts(
  arrays: Record<string, SavedArray>,
  prefix: string,
  parts: SavedParts,
): NestedParts {
  for (const [name, array] of Object.entries(parts.arrays)) arrays[`${prefix}/${name}`] = array;
  return { kind: parts.kind, version: parts.version, settings: { ...parts.settings } };
}

/** The parts that {@link placeParts} put there. */
export function nestedParts({ arrays }: SavedParts, prefix: string, nested: NestedParts): SavedParts {
  const own = Object.entries(arrays).filter(([name]) => name.startsWith(`${prefix}/`));
  return {
    ...nested,
    arrays: Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length + 1), array])),
  };
}
