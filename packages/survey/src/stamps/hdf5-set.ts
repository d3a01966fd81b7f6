import type h5wasmTypes from 'h5wasm/node';
import { ColumnBuilder } from '../datasets/column.ts';
import type { DataTable } from '../datasets/index.ts';
import { fileOrigins } from '../datasets/row-origin.ts';
import { SurveyError } from '../errors.ts';
import { stackShape } from './stack-shape.ts';
import type { StackExtents, StampPixels } from './stack-shape.ts';

type H5wasm = typeof h5wasmTypes;
type Dataset = InstanceType<H5wasm['Dataset']>;

/** Names that the data set of stamps and that of classes have in files people hand round. */
const imageNames = ['images', 'stamps'];
const classNames = ['classes', 'ans', 'labels'];

/**
 * Stamps and classes of an HDF5 file, as the SDSS real-or-not paper and Galaxy10 have them: `images` [N, H, W, C] and `classes` or `ans`
 * [N]. Every other data set of N numbers or texts is a column of the table; the classes are the column `label` as well.
 * @throws SurveyError TABLE_UNREADABLE, STAMP_SHAPE, STAMP_SET_INVALID
 */
export async function readHdf5Set(
  path: string,
  text: readonly string[],
): Promise<StackExtents & { readonly pixels: StampPixels; readonly table: DataTable }> {
  // Loaded only where needed: it is 2 MB of WebAssembly.
  const { default: h5wasm } = await import('h5wasm/node');
  (await h5wasm.ready).activate_throwing_error_handler();
  let file: InstanceType<H5wasm['File']> | null = null;
  try {
    file = new h5wasm.File(path, 'r');
    const names = file.keys();
    const dataset = (name: string): Dataset | null => {
      const node = file!.get(name);
      return node instanceof h5wasm.Dataset ? node : null;
    };
    const images = imageNames.map(dataset).find((node) => node !== null);
    if (!images) throw refused(path, `holds no data set '${imageNames.join("' or '")}'`, names);
    const extents = stackShape(images.shape ?? [], path);
    const classes = classNames.find((name) => names.includes(name) && dataset(name) !== null);
    if (classes === undefined) throw refused(path, `holds no data set '${classNames.join("' or '")}'`, names);
    const columns = names.flatMap((name) => {
      const node = dataset(name);
      if (node === null || node.shape?.length !== 1) return [];
      if (node.shape[0] !== extents.count) {
        if (name !== classes) return [];
        throw new SurveyError(
          'STAMP_SET_INVALID',
          `'${name}' has ${node.shape[0]} entries where there are ${extents.count} stamps`,
          { path },
        );
      }
      const values = Array.from(node.value as ArrayLike<string | number | bigint>);
      const also = name === classes && !names.includes('label') ? ['label'] : [];
      return [name, ...also].map((own) => {
        const builder = new ColumnBuilder(own, text.includes(own));
        for (const value of values) builder.add(value);
        return builder.finish();
      });
    });
    const table = { path, rows: extents.count, originOf: fileOrigins(path), columns, unusable: [] };
    return { ...extents, pixels: readPixels(images, extents), table };
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SurveyError('TABLE_UNREADABLE', `cannot be read as HDF5 (${message})`, { path, cause });
  } finally {
    file?.close();
  }
}

function refused(path: string, what: string, names: readonly string[]): SurveyError {
  return new SurveyError('TABLE_UNREADABLE', `${what}; there are: ${names.join(', ') || 'none'}`, { path });
}

/** Values read at a time: the library holds them twice. */
const blockValues = 1 << 24;

function readPixels(images: Dataset, { count, height, width, channels }: StackExtents): StampPixels {
  const sample = height * width * channels;
  const { type, size, signed } = images.metadata;
  const isBytes = type === 0 && size === 1 && !signed;
  const pixels = isBytes ? new Uint8Array(count * sample) : new Float32Array(count * sample);
  const step = Math.max(1, Math.floor(blockValues / sample));
  for (let from = 0; from < count; from += step) {
    const block = images.slice([[from, Math.min(count, from + step)]]) as ArrayLike<number | bigint>;
    pixels.set(
      block instanceof BigInt64Array || block instanceof BigUint64Array
        ? Float64Array.from(block as Iterable<bigint>, Number)
        : (block as ArrayLike<number>),
      from * sample,
    );
  }
  return pixels;
}
