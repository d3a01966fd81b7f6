import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../outputs/partial-file.ts';

/** A small picture of a CCD with its mask, as the report shows it. */
export interface Preview {
  readonly width: number;
  readonly height: number;
  /** height*width, 8-bit grey. */
  readonly pixels: Uint8Array;
  /** height*width, nonzero where masked. */
  readonly overlay: Uint8Array;
}

/** Width and height as 32-bit integers, pixels, overlay. */
export function encodePreview({ width, height, pixels, overlay }: Preview): Uint8Array {
  const bytes = new Uint8Array(8 + 2 * width * height);
  new Uint32Array(bytes.buffer, 0, 2).set([width, height]);
  bytes.set(pixels.subarray(0, width * height), 8);
  bytes.set(overlay.subarray(0, width * height), 8 + width * height);
  return bytes;
}

export function decodePreview(bytes: Uint8Array): Preview {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const width = view.getUint32(0, true);
  const height = view.getUint32(4, true);
  const n = width * height;
  return { width, height, pixels: bytes.subarray(8, 8 + n), overlay: bytes.subarray(8 + n, 8 + 2 * n) };
}

export function previewPath(folder: string, outputName: string, hdu: number): string {
  return join(folder, `${outputName}.${hdu}.preview`);
}

export async function savePreview(
  folder: string,
  outputName: string,
  hdu: number,
  bytes: Uint8Array,
): Promise<void> {
  await writeWhole(previewPath(folder, outputName, hdu), bytes);
}

/** Null where the picture is gone: the report does without. */
export async function loadPreview(folder: string, outputName: string, hdu: number): Promise<Preview | null> {
  try {
    return decodePreview(await readFile(previewPath(folder, outputName, hdu)));
  } catch {
    return null;
  }
}

export async function removePreview(folder: string, outputName: string, hdu: number): Promise<void> {
  await rm(previewPath(folder, outputName, hdu), { force: true });
}
