import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNpy, decodeNpz, encodeNpy, encodeNpz, npzNames, toFloat64 } from '../src/arrays/index.ts';
import type { NumericArray } from '../src/arrays/index.ts';
import { SurveyError } from '../src/errors.ts';

const folder = fileURLToPath(new URL('./fixtures/arrays/', import.meta.url));
const archive = new Uint8Array(await readFile(`${folder}arrays.npz`));
const expected = JSON.parse(await readFile(`${folder}arrays.json`, 'utf8')) as Record<
  string,
  { shape: number[]; values: (number | null)[] }
>;

describe('arrays that NumPy wrote', () => {
  it('are all in the archive', () => {
    expect(npzNames(archive).sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(Object.keys(expected))('%s has its shape and values', (name) => {
    const { shape, data } = decodeNpz(archive, name);
    expect(shape).toEqual(expected[name].shape);
    const values = Array.from(toFloat64(data), (value) => (Number.isNaN(value) ? null : value));
    expect(values).toEqual(expected[name].values);
  });

  it('in a Node Buffer are not turned round where they lie', () => {
    const big = Buffer.from(encodeNpy({ shape: [2], data: new Uint16Array([1, 256]) }));
    big[big.indexOf("'<u2'") + 1] = '>'.charCodeAt(0);
    expect([...decodeNpy(big).data]).toEqual([256, 1]);
    expect([...decodeNpy(big).data]).toEqual([256, 1]);
  });
});

const typed: readonly ((values: number[]) => NumericArray)[] = [
  (v) => Int8Array.from(v),
  (v) => Uint8Array.from(v),
  (v) => Int16Array.from(v),
  (v) => Uint16Array.from(v),
  (v) => Int32Array.from(v),
  (v) => Uint32Array.from(v),
  (v) => BigInt64Array.from(v, BigInt),
  (v) => BigUint64Array.from(v, BigInt),
  (v) => Float32Array.from(v),
  (v) => Float64Array.from(v),
];

describe('arrays written here', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.nat(typed.length - 1),
        fc.array(fc.nat(4), { maxLength: 4 }),
        fc.integer(),
        (kind, shape, seed) => {
          const count = shape.reduce((product, extent) => product * extent, 1);
          const data = typed[kind](
            Array.from({ length: count }, (_, i) => Math.abs(seed + i * 7919) % 100_000),
          );
          const array = { shape, data };
          expect(decodeNpy(encodeNpy(array))).toEqual(array);
          expect(decodeNpz(encodeNpz({ a: array, b: array }), 'b')).toEqual(array);
        },
      ),
    );
  });

  it('say what does not fit', () => {
    expect(() => encodeNpy({ shape: [2, 2], data: new Float32Array(3) })).toThrow(
      '3 values do not fill shape [2, 2]',
    );
    expect(() => decodeNpz(encodeNpz({ a: { shape: [], data: new Float32Array(1) } }), 'b', 'x.npz')).toThrow(
      "x.npz: holds no array 'b'; there are a",
    );
  });
});

describe('bad arrays are refused by name', () => {
  const npy = (text: string, data = new Uint8Array(0)): Uint8Array => {
    const header = Buffer.from(`${text}\n`);
    const preamble = [0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8];
    return Uint8Array.from([...preamble, ...header, ...data]);
  };
  const header = (descr: string, shape = '(1,)') =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;

  it.each([
    [new Uint8Array(0), 'does not begin like an npy file'],
    [Buffer.from('SIMPLE  =                    T'), 'does not begin like an npy file'],
    [npy(header("'<c8'")), "elements of type '<c8'"],
    [npy(header("'<f16'")), "elements of type '<f16'"],
    [npy(header("'|O'")), "elements of type '|O'"],
    [npy(header("'<U5'")), "elements of type '<U5'"],
    [npy(header("'<i3'")), "elements of type '<i3'"],
    [npy(header("[('x', '<f4')]")), 'structured array'],
    [npy(header("'<f4'", '(-1,)')), 'impossible shape'],
    [npy(header("'<f4'", '(99999999, 99999999)')), 'impossible shape'],
    [npy(header("'<f4'", '(3,)'), new Uint8Array(8)), 'ends after 8 of 12 bytes'],
    [npy('{}'), 'without order or shape'],
  ])('%#', (bytes, message) => {
    expect(() => decodeNpy(bytes, '/n/a.npy')).toThrow(SurveyError);
    expect(() => decodeNpy(bytes, '/n/a.npy')).toThrow(message);
    expect(() => decodeNpy(bytes, '/n/a.npy')).toThrow('/n/a.npy: ');
  });

  it('and damaged bytes never throw anything else', () => {
    const good = decodeNpz(archive, 'f4-big-fortran');
    const whole = [encodeNpy(good), encodeNpz({ a: good, b: good })];
    const change = fc.tuple(fc.nat(400), fc.nat(255));
    fc.assert(
      fc.property(
        fc.nat(1),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.nat(500),
        (which, changes, cut) => {
          const bytes = whole[which].slice(0, Math.max(0, whole[which].length - (cut < 250 ? 0 : cut)));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            if (which === 0) decodeNpy(bytes);
            else for (const name of npzNames(bytes)) decodeNpz(bytes, name);
          } catch (error) {
            expect(error).toBeInstanceOf(SurveyError);
            expect((error as SurveyError).code).toBe('ARRAY_INVALID');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
