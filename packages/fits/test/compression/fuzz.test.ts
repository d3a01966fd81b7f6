/** Damaged tiles: a coded error that names the tile or, where the damage hits only pixel values, a result; nothing else. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeCompressedImage } from '../../src/compression/index.ts';
import { kernels } from '../../src/compression/kernels.ts';
import { encodeHdu, FitsError, Header, memorySource, openFits } from '../../src/index.ts';
import { cfitsio } from './cfitsio.ts';
import { sampleImages, uniform } from './sample-images.ts';

const tools = cfitsio();
afterAll(() => tools?.clear());

interface Packed {
  readonly header: Header;
  readonly table: Uint8Array;
  readonly heap: Uint8Array;
}

async function parts(bytes: Uint8Array): Promise<Packed> {
  const file = await openFits(memorySource(bytes, 'memory'));
  const { storedHeader: header, dataOffset } = file.hdus[1];
  const tableBytes = header.number('NAXIS1')! * header.number('NAXIS2')!;
  const heap = dataOffset + tableBytes;
  return {
    header,
    table: bytes.slice(dataOffset, heap),
    heap: bytes.slice(heap, heap + header.number('PCOUNT')!),
  };
}

async function decode({ header, table, heap }: Packed): Promise<unknown> {
  const readHeap = (offset: number, length: number): Promise<Uint8Array> =>
    offset + length > heap.length
      ? Promise.reject(new FitsError('BAD_TABLE', 'outside the heap'))
      : Promise.resolve(heap.subarray(offset, offset + length));
  try {
    const { data } = await decodeCompressedImage(
      header,
      { table, readHeap },
      { as: 'stored', path: 'x.fits', hdu: 1 },
    );
    return Array.from(data as Float64Array);
  } catch (error) {
    expect(error).toBeInstanceOf(FitsError);
    const { code, message } = error as FitsError;
    expect(['BAD_COMPRESSION', 'BAD_TABLE']).toContain(code);
    if (code === 'BAD_COMPRESSION') expect(message).toMatch(/x\.fits, HDU 1: tile \d+ of \d+/);
    return message;
  }
}

async function fuzz(packed: Packed, seed: number): Promise<void> {
  const random = uniform(seed);
  const below = (n: number): number => Math.floor(random() * n);
  for (let run = 0; run < 60; run++) {
    const damaged = { ...packed, table: packed.table.slice(), heap: packed.heap.slice() };
    const target = run % 4 === 0 ? damaged.table : damaged.heap;
    const kind = below(3);
    if (kind === 0) target[below(target.length)] ^= 1 << below(8);
    else if (kind === 1) target.fill(below(256), below(target.length), below(target.length));
    else for (let i = 0; i < 20; i++) target[below(target.length)] = below(256);
    // What lies in the scratch memory must not matter: nothing is read that was not given.
    kernels().bytes.fill(0, kernels().randoms + 40064);
    const first = await decode(damaged);
    kernels().bytes.fill(0xa5, kernels().randoms + 40064);
    expect(await decode(damaged)).toEqual(first);
  }
}

describe('damaged tiles', () => {
  it.each(['RICE_1', 'GZIP_1', 'GZIP_2'] as const)('%s', async (type) => {
    for (const [i, name] of ['float32 with NaN', 'int16', 'uint8', 'int32 mask'].entries()) {
      const { shape, data } = sampleImages[name];
      const bytes = encodeHdu({ header: new Header(), shape, data, compression: { type } }, true);
      await fuzz(await parts(bytes), i + 1);
    }
  });

  it.skipIf(tools === null).each(['-h', '-h -s 4', '-p', '-d', '-r -w', '-g2 -t 33,20'])(
    'fpack %s',
    async (options) => {
      for (const [i, name] of ['float32', 'uint16 small'].entries()) {
        const { shape, data } = sampleImages[name];
        const path = join(tools!.folder, 'plain.fits');
        writeFileSync(path, encodeHdu({ header: new Header(), shape, data }, true));
        const packed = tools!.fpack(path, options.split(' '));
        if (packed !== null) await fuzz(await parts(new Uint8Array(readFileSync(packed))), i + 1);
      }
    },
  );

  it('a damaged tile names itself, and the rows beside it are still read', async () => {
    const { shape, data } = sampleImages['int16'];
    const packed = await parts(
      encodeHdu({ header: new Header(), shape, data, compression: { type: 'GZIP_1' } }, true),
    );
    const offset = new DataView(packed.table.buffer, packed.table.byteOffset).getInt32(7 * 8 + 4);
    packed.heap[offset] = 0;
    expect(await decode(packed)).toMatch(/x\.fits, HDU 1: tile 8 of 45 \(GZIP_1\): the bytes are no gzip/);
    const source = {
      table: packed.table,
      readHeap: (at: number, length: number) => Promise.resolve(packed.heap.subarray(at, at + length)),
    };
    const rest = await decodeCompressedImage(packed.header, source, { as: 'stored', rows: [8, 45] });
    expect(rest.data).toEqual(data.slice(8 * 70));
  });
});
