import { ProtobufWriter } from './protobuf.ts';
import { protobufFields } from './protobuf-reader.ts';
import { elementTypes } from './model.ts';

/**
 * The same model that gives the values `names` too, beside its own outputs; those it gives already stay as they are. Their types and
 * shapes are left for the runtime to infer. Throws ProtobufError (a RangeError) where the bytes are not a model.
 */
export function exposeOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  return editGraph(bytes, (fields) => {
    const given = new Set(
      fields.filter(({ field }) => field === 12).map(({ value }) => nameOf(value as Uint8Array, 1)),
    );
    const added = [...new Set(names)].filter((name) => !given.has(name));
    return [
      ...fields.map(({ raw }) => raw),
      ...added.map((name) => new ProtobufWriter().message(12, new ProtobufWriter().string(1, name)).finish()),
    ];
  });
}

/** The same model with other numbers in some of its float32 initializers. Throws RangeError for a name that is none of them. */
export function replaceWeights(
  bytes: Uint8Array,
  weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): Uint8Array {
  const left = new Set(weights.keys());
  const edited = editGraph(bytes, (fields) =>
    fields.map(({ field, value, raw }) => {
      if (field !== 5) return raw;
      const name = nameOf(value as Uint8Array, 8);
      const weight = weights.get(name);
      if (weight === undefined) return raw;
      left.delete(name);
      const { shape, data } = weight;
      const tensor = new ProtobufWriter();
      for (const extent of shape) tensor.integer(1, extent);
      tensor
        .integer(2, elementTypes.float32)
        .string(8, name)
        .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return new ProtobufWriter().message(5, tensor).finish();
    }),
  );
  if (left.size > 0) throw new RangeError(`the model has no weights named ${[...left].join(', ')}`);
  return edited;
}

type Field = ReturnType<typeof protobufFields> extends Generator<infer F> ? F : never;

/** The model with the fields of its graph written anew by `edit`. */
function editGraph(bytes: Uint8Array, edit: (fields: readonly Field[]) => readonly Uint8Array[]): Uint8Array {
  return concatenate(
    [...protobufFields(bytes)].map(({ field, value, raw }) =>
      field === 7
        ? new ProtobufWriter().bytes(7, concatenate(edit([...protobufFields(value as Uint8Array)]))).finish()
        : raw,
    ),
  );
}

/** The text under `field` of a message. */
function nameOf(bytes: Uint8Array, wanted: number): string {
  for (const { field, value } of protobufFields(bytes)) {
    if (field === wanted && typeof value !== 'bigint') return new TextDecoder().decode(value);
  }
  return '';
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
