import type { FitsFile, Hdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import type { HduSelector } from '../inputs/index.ts';
import { ownSize } from './fit.ts';
import { fitted } from './fitted-source.ts';
import { arrangeStamps, toChannelsFirst } from './layout.ts';
import type { StampReadOptions, StampSource } from './types.ts';

/**
 * Stamps of a FITS file: one image HDU that holds them (a plane, a cube, a stack), or one HDU for each channel of one stamp. Rows keep
 * their order in the file. Where the file holds more images than the model has channels, which ones must be said.
 */
export async function openFitsStamps(
  path: string,
  selectors: readonly HduSelector[],
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource> {
  const file = await openFitsFile(path);
  try {
    const hdus = chooseHdus(file, path, selectors, input.channels);
    const plane = hdus.length === 1 ? input : { ...input, channels: 1 };
    const own = { ...ownSize(hdus[0].shape, plane, options.layout, options.fit), channels: input.channels };
    const source =
      hdus.length === 1
        ? openOne(file, path, hdus[0], own, options)
        : await stackChannels(file, path, hdus, own);
    return fitted(source, own, input, options.fit);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The HDUs that hold a stamp: those asked for, else all images. @throws SurveyError HDU_NOT_IMAGE, STAMP_SHAPE; FitsError */
export function chooseHdus(
  file: FitsFile,
  path: string,
  selectors: readonly HduSelector[],
  channels: number,
): readonly Hdu[] {
  const isImage = ({ kind }: Hdu) => kind === 'image' || kind === 'compressed-image';
  const hdus =
    selectors.length > 0 ? selectors.map((selector) => file.hdu(selector)) : file.hdus.filter(isImage);
  const other = hdus.find((hdu) => !isImage(hdu));
  if (other) throw new SurveyError('HDU_NOT_IMAGE', `is a ${other.kind}`, { path, hdu: other.index });
  if (hdus.length === 1 || hdus.length === channels) return hdus;
  const found = hdus
    .map(({ index, name }) => (name === '' ? String(index) : `${index} (${name})`))
    .join(', ');
  throw new SurveyError(
    'STAMP_SHAPE',
    hdus.length === 0
      ? 'holds no image'
      : `holds ${hdus.length} images, HDU ${found}, and the model takes ${channels} channel${channels === 1 ? '' : 's'}; ` +
          `say which with --hdu or ${path}[${hdus[0].index}]`,
    { path },
  );
}

function openOne(
  file: FitsFile,
  path: string,
  hdu: Hdu,
  input: StampInput,
  options: StampReadOptions,
): StampSource {
  const { count, layout } = arrangeStamps(hdu.shape, input, { path, hdu: hdu.index }, options.layout);
  const sample = input.channels * input.height * input.width;
  const rows = sample / hdu.shape.at(-1)!;
  return {
    path,
    count,
    async read(from, to) {
      // Rows count through all planes.
      const { data } = await file.readImage(hdu, { rows: [from * rows, to * rows] });
      return toChannelsFirst(Float64Array.from(data), layout, input);
    },
    close: () => file.close(),
  };
}

/** One stamp whose channels are HDUs of their own. */
async function stackChannels(
  file: FitsFile,
  path: string,
  hdus: readonly Hdu[],
  input: StampInput,
): Promise<StampSource> {
  const plane: StampInput = { ...input, channels: 1 };
  const stamp = new Float64Array(input.channels * input.height * input.width);
  for (const [channel, hdu] of hdus.entries()) {
    arrangeStamps(hdu.shape, plane, { path, hdu: hdu.index });
    const { data } = await file.readImage(hdu);
    if (data.length * input.channels !== stamp.length) {
      throw new SurveyError(
        'STAMP_SHAPE',
        `holds ${data.length} pixels where one channel of ${input.width} × ${input.height} is needed`,
        { path, hdu: hdu.index },
      );
    }
    stamp.set(data, channel * data.length);
  }
  return {
    path,
    count: 1,
    read: (from, to) => Promise.resolve(stamp.slice(0, (to - from) * stamp.length)),
    close: () => file.close(),
  };
}
