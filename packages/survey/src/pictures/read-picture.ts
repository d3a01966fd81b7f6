import { readFile } from 'node:fs/promises';
import { decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { SurveyError } from '../errors.ts';

/** A grey picture of 8 bits, height*width, first row at the top as drawn. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  /** The file as it was read. */
  readonly bytes: Uint8Array;
}

/** Reads a JPEG or PNG as grey, the mean of its colours. @throws SurveyError PICTURE_UNREADABLE, or the system's error of reading */
export async function readPicture(path: string): Promise<GreyPicture> {
  const bytes = new Uint8Array(await readFile(path));
  try {
    return { ...(isPng(bytes) ? greyPng(bytes) : greyJpeg(bytes)), bytes };
  } catch (cause) {
    throw new SurveyError('PICTURE_UNREADABLE', (cause as Error).message, { path, cause });
  }
}

type Decoded = Omit<GreyPicture, 'bytes'>;

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50;
}

function greyJpeg(bytes: Uint8Array): Decoded {
  const { width, height, data } = decodeJpeg(bytes, { useTArray: true, formatAsRGBA: false });
  return { width, height, pixels: meanOf(data, width * height, 3, 3) };
}

function greyPng(bytes: Uint8Array): Decoded {
  const { width, height, data, channels, depth, palette } = decodePng(bytes);
  if (depth !== 8 || palette !== undefined)
    throw new Error(`PNG of ${depth} bits${palette ? ', palette' : ''}`);
  // An odd number of channels is without alpha.
  return {
    width,
    height,
    pixels: meanOf(data, width * height, channels, channels - 1 + (channels % 2)),
  };
}

function meanOf(data: ArrayLike<number>, n: number, channels: number, colours: number): Uint8Array {
  return Uint8Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < colours; c++) sum += data[i * channels + c];
    return Math.round(sum / colours);
  });
}
