import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { AlertProblem, factFields, factsOf, fieldOf, readCell } from '../alerts/index.ts';
import type { AvroValue } from '../alerts/index.ts';
import type { StampInput } from '../bundle-description.ts';
import { topLevelNames } from '../datasets/read-parquet.ts';
import { SurveyError } from '../errors.ts';
import { channelNames, stampOf } from './alert-stamp.ts';
import { ownSize, placeStamp } from './fit.ts';
import { arrangeStamps, toChannelsFirst } from './layout.ts';
import type { ReadStamp, StampReadOptions, StampStream, StreamBlock } from './types.ts';

/** Names that a column of whole stamps has where none is asked for. */
const stampColumns = ['stamp', 'stamps', 'image', 'images', 'cutout'];
/** Bytes of the columns read at a time, unpacked. */
const pieceBytes = 1 << 28;

/**
 * Alerts or stamps in Parquet, one a row: a column for each channel, named as in alerts, or one with whole stamps. Cells hold what `readCell`
 * takes. Rows are read some hundreds of megabytes at a time.
 * @throws SurveyError TABLE_UNREADABLE, TABLE_COLUMN_MISSING, OPTION_INVALID; system errors
 */
export async function openParquetStamps(
  path: string,
  input: StampInput,
  options: StampReadOptions,
): Promise<StampStream> {
  const file = await asyncBufferFromFile(path);
  const metadata = await wrapped(path, () => parquetMetadataAsync(file));
  const names = topLevelNames(metadata.schema);
  const { columns, read } = rowReader(path, names, input, options);
  const wanted = [...new Set([...columns, ...factFields])].filter((name) => names.includes(name));
  const rows = Number(metadata.num_rows);
  return {
    path,
    async *blocks(most): AsyncGenerator<StreamBlock> {
      for (const [from, to] of pieces(metadata, wanted)) {
        const range = { rowStart: from, rowEnd: to, columns: wanted, utf8: false };
        const found = await wrapped(path, () =>
          parquetReadObjects({ file, metadata, compressors, ...range }),
        );
        for (let at = 0; at < found.length; at += most) {
          const stamps: ReadStamp[] = [];
          for (const row of found.slice(at, at + most)) stamps.push(await read(row as AvroValue));
          yield { stamps, fraction: (from + at + stamps.length) / rows };
        }
      }
    },
    close: () => Promise.resolve(),
  };
}

interface RowReader {
  readonly columns: readonly string[];
  readonly read: (row: AvroValue) => Promise<ReadStamp>;
}

/** @throws SurveyError TABLE_COLUMN_MISSING, OPTION_INVALID */
function rowReader(
  path: string,
  names: readonly string[],
  input: StampInput,
  options: StampReadOptions,
): RowReader {
  const { channels } = options;
  const whole = channels?.length === 1 ? channels : channels === undefined ? stampColumns : [];
  const column = whole.find((name) => names.includes(name));
  if (column !== undefined && (input.channels > 1 || channels === undefined))
    return { columns: [column], read: (row) => wholeStamp(row, column, input, options) };
  const missing = (wanted: string) =>
    new SurveyError(
      'TABLE_COLUMN_MISSING',
      `no column ${wanted}; name those of the stamps with --channels (there are: ${names.slice(0, 30).join(', ')})`,
      { path },
    );
  if (channels?.length === 1 && column === undefined) throw missing(channels[0]);
  const choices = channelNames(input, options);
  const found = choices.find((each) => each.every((name) => names.includes(name)));
  if (found === undefined) throw missing(choices[0].join(', '));
  return { columns: found, read: (row) => stampOf(row, [found], input, options) };
}

/** A cell with all channels: [H, W, C] or [C, H, W]; numbers in a row are in the order asked for, else channels last. */
async function wholeStamp(
  row: AvroValue,
  column: string,
  input: StampInput,
  { layout, fit }: StampReadOptions,
): Promise<ReadStamp> {
  const facts = factsOf(row);
  const { channels, height, width } = input;
  const cell = fieldOf(row, column) ?? null;
  if (cell === null) return { values: null, facts, reason: `${column} is missing` };
  try {
    const { shape, data } = await readCell(cell, channels * height * width);
    const flat = layout === 'channels-first' ? [channels, height, width] : [height, width, channels];
    if (shape === null && data.length !== channels * height * width)
      throw new AlertProblem(`holds ${data.length} numbers, the model takes ${channels * height * width}`);
    const own = ownSize(shape ?? flat, input, layout, fit);
    const arranged = arrangeStamps(shape ?? flat, own, { path: column }, layout);
    if (arranged.count !== 1) throw new AlertProblem(`holds ${arranged.count} stamps`);
    const values = toChannelsFirst(Float64Array.from(data), arranged.layout, own);
    return { values: placeStamp(values, own, input, fit), facts, reason: null };
  } catch (error) {
    if (error instanceof AlertProblem) return { values: null, facts, reason: `${column} ${error.message}` };
    if (error instanceof SurveyError) return { values: null, facts, reason: error.message };
    throw error;
  }
}

/** Rows [from, to) that are read together: a row group, or a part of one with more bytes than fit well into memory. */
function* pieces(metadata: FileMetaData, wanted: readonly string[]): Generator<readonly [number, number]> {
  let start = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const bytes = group.columns
      .filter(({ meta_data }) => wanted.includes(meta_data?.path_in_schema[0] ?? ''))
      .reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0);
    const step = Math.max(1, Math.ceil(rows / Math.ceil((bytes + 1) / pieceBytes)));
    for (let from = 0; from < rows; from += step)
      yield [start + from, start + Math.min(rows, from + step)] as const;
    start += rows;
  }
}

async function wrapped<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof SurveyError || !(cause instanceof Error) || 'syscall' in cause) throw cause;
    throw new SurveyError('TABLE_UNREADABLE', `cannot be read as Parquet (${cause.message})`, {
      path,
      cause,
    });
  }
}
