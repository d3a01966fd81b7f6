import { copyFile, link, rename, rm } from 'node:fs/promises';
import { errorCode, writeError } from '../errors.ts';

/** What becomes of the masks of the parts of a scan when they are joined. */
export const maskPlacings = ['link', 'move', 'reference'] as const;

export type MaskPlacing = (typeof maskPlacings)[number];

/** The file `from` also as `to`: by a hard link, or a copy where the file system has none or is another. @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
export async function placeFile(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  try {
    await rm(partial, { force: true });
    try {
      await link(from, partial);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
      await copyFile(from, partial);
    }
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeError(error, to);
  }
}

/** Removes the first name of a file placed elsewhere. */
export async function removePlaced(path: string): Promise<void> {
  await rm(path, { force: true });
}
