/** Values numbered in the order in which they first occur. */
export interface Numbered {
  /** Number of each row's value. */
  readonly of: Uint32Array;
  readonly values: readonly (number | string)[];
  /** Rows of each value. */
  readonly counts: Uint32Array;
}

/** @throws RangeError where a value is NaN: a row without a group or class cannot be placed. */
export function numberValues(values: ArrayLike<number | string>, name: string): Numbered {
  const numbers = new Map<number | string, number>();
  const of = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' && Number.isNaN(value)) {
      throw new RangeError(`${name}[${i}] is NaN: leave the row out, or give it a ${name.replace(/s$/, '')}`);
    }
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    of[i] = number;
  }
  const counts = new Uint32Array(numbers.size);
  for (const number of of) counts[number]++;
  return { of, values: [...numbers.keys()], counts };
}

/** @throws RangeError where `values` has not one entry a row. */
export function checkLength(values: ArrayLike<unknown> | undefined, n: number, name: string): void {
  if (values !== undefined && values.length !== n) {
    throw new RangeError(`${name} has ${values.length} entries for ${n} rows: give one a row`);
  }
}
