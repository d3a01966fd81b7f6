import { stat } from 'node:fs/promises';
import type h5wasmTypes from 'h5wasm/node';
import { SurveyError } from '../errors.ts';
import { ColumnBuilder } from './column.ts';
import type { RawValue } from './column.ts';
import { checkNames } from './table.ts';
import type { OpenTableOptions, TableParts } from './table.ts';

type H5wasm = typeof h5wasmTypes;
type Group = InstanceType<H5wasm['Group']>;
type Dataset = InstanceType<H5wasm['Dataset']>;

/**
 * Reads a table of an HDF5 file: a compound dataset (as astropy and h5py write tables), or the one-dimensional datasets of a group,
 * which must be of one length. Without a selector it is the file's root, or the only group or dataset in it.
 * @throws SurveyError TABLE_UNREADABLE, TABLE_RAGGED, TABLE_COLUMN_DUPLICATE; system errors
 */
export async function readHdf5Table(
  path: string,
  selector: string | null,
  options: OpenTableOptions,
): Promise<TableParts> {
  // Loaded only where needed: it is 2 MB of WebAssembly.
  const { default: h5wasm } = await import('h5wasm/node');
  (await h5wasm.ready).activate_throwing_error_handler();
  await stat(path);
  let file: InstanceType<H5wasm['File']> | null = null;
  try {
    file = new h5wasm.File(path, 'r');
    const node = findTable(file, selector, path, h5wasm);
    return node instanceof h5wasm.Dataset
      ? readCompound(node, path, options)
      : readGroup(node, path, options, h5wasm);
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SurveyError('TABLE_UNREADABLE', `cannot be read as HDF5 (${message})`, { path, cause });
  } finally {
    file?.close();
  }
}

function findTable(file: Group, selector: string | null, path: string, h5wasm: H5wasm): Group | Dataset {
  let node: Group = file;
  if (selector !== null) {
    const found = file.get(selector);
    if (found instanceof h5wasm.Dataset) return found;
    if (!(found instanceof h5wasm.Group)) {
      throw new SurveyError(
        'TABLE_UNREADABLE',
        `holds no '${selector}'; there are: ${file.keys().join(', ')}`,
        {
          path,
        },
      );
    }
    node = found;
  }
  // Astropy puts the units of a table beside it.
  const names = node.keys().filter((name) => !name.endsWith('.__table_column_meta__'));
  if (names.length === 1) {
    const only = node.get(names[0]);
    if (only instanceof h5wasm.Group) return findTable(only, null, path, h5wasm);
    if (only instanceof h5wasm.Dataset && compoundMembers(only) !== null) return only;
  }
  if (!names.some((name) => node.get(name) instanceof h5wasm.Dataset)) {
    const list = names.map((name) => `[${name}]`).join(' ');
    throw new SurveyError(
      'TABLE_UNREADABLE',
      names.length === 0 ? 'holds nothing' : `holds several tables: name one as ${path}${list}`,
      { path },
    );
  }
  return node;
}

function compoundMembers(dataset: Dataset) {
  return dataset.metadata.compound_type?.members ?? null;
}

function readCompound(dataset: Dataset, path: string, options: OpenTableOptions): TableParts {
  const members = compoundMembers(dataset);
  if (members === null || dataset.shape?.length !== 1) {
    throw new SurveyError('TABLE_UNREADABLE', `${dataset.path} is an array, not a table of named columns`, {
      path,
    });
  }
  const names = members.map(({ name }) => name);
  checkNames(names, path);
  const asText = new Set(options.text);
  const builders = names.map((name) => new ColumnBuilder(name, asText.has(name)));
  const unusable = new Map<string, string>();
  for (const { name, type, size, littleEndian } of members) {
    // The library swaps the bytes of whole datasets, not those of members.
    if (numeric.has(type) && size > 1 && !littleEndian)
      unusable.set(name, 'is big-endian within rows, which cannot be read: write it little-endian');
  }
  const rows = dataset.shape[0];
  // Some rows at a time: each is an object of its own in memory.
  for (let from = 0; from < rows; from += blockRows) {
    const block = dataset.slice([[from, Math.min(rows, from + blockRows)]]) as unknown[][];
    for (const row of block) {
      names.forEach((name, k) => {
        const value = scalar(row[k]);
        if (value === undefined) unusable.set(name, 'holds several values a row, not one');
        builders[k].add(value);
      });
    }
  }
  return {
    rows,
    columns: builders.filter(({ name }) => !unusable.has(name)).map((builder) => builder.finish()),
    unusable: [...unusable].map(([name, reason]) => ({ name, reason })),
  };
}

const blockRows = 4096;
/** HDF5's classes of integers and floating-point numbers. */
const numeric: ReadonlySet<number> = new Set([0, 1]);

function readGroup(group: Group, path: string, options: OpenTableOptions, h5wasm: H5wasm): TableParts {
  const asText = new Set(options.text);
  const unusable: { name: string; reason: string }[] = [];
  const columns = [];
  let rows: { readonly count: number; readonly name: string } | null = null;
  for (const name of group.keys()) {
    const node = group.get(name);
    if (!(node instanceof h5wasm.Dataset)) continue;
    if (node.shape?.length !== 1) {
      unusable.push({ name, reason: `has ${node.shape?.length ?? 0} dimensions, not one` });
      continue;
    }
    const count = node.shape[0];
    rows ??= { count, name };
    if (count !== rows.count) {
      throw new SurveyError(
        'TABLE_RAGGED',
        `column '${name}' has ${count} rows where '${rows.name}' has ${rows.count}`,
        { path },
      );
    }
    const builder = new ColumnBuilder(name, asText.has(name));
    for (const value of node.value as Iterable<unknown>) builder.add(scalar(value) ?? null);
    columns.push(builder.finish());
  }
  return { rows: rows?.count ?? 0, columns, unusable };
}

/** One value; undefined where it is an array of several. A typed array of one is that one. */
function scalar(value: unknown): RawValue {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value as RawValue;
  const list = value as ArrayLike<RawValue>;
  return list.length === 1 ? list[0] : undefined;
}
