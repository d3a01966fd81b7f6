import { open } from 'node:fs/promises';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { ByteSource } from '../byte-source.ts';
import { isGzip, memorySource } from '../byte-source.ts';
import { FitsError } from '../errors.ts';
import type { FitsFile } from '../fits-file.ts';
import { openFits } from '../fits-file.ts';

/**
 * A file on disk, read with positional reads through one descriptor: several reads may be under way at once.
 * @throws FitsError READ_FAILED
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  const failed = (cause: unknown, byte?: number) =>
    new FitsError('READ_FAILED', cause instanceof Error ? cause.message : String(cause), {
      path,
      byte,
      cause,
    });
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw failed(cause);
  });
  let size: number;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    size = stat.size;
  } catch (cause) {
    await handle.close();
    throw failed(cause);
  }
  return {
    name: path,
    size,
    fresh: true,
    async read(offset, length, into) {
      // Only what the file can hold: a wrong header must not make us allocate what it claims.
      const room = Math.max(0, Math.min(length, size - offset));
      // Not zeroed first: every byte that is handed out has been read.
      const bytes =
        into?.length === room ? into : new Uint8Array(Buffer.allocUnsafeSlow(room).buffer, 0, room);
      let done = 0;
      try {
        while (done < bytes.length) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
      } catch (cause) {
        throw failed(cause, offset + done);
      }
      return done === bytes.length ? bytes : bytes.subarray(0, done);
    },
    close: () => handle.close(),
  };
}

const unpack = promisify(gunzip);

/**
 * Opens a FITS file, gzipped or not (judged by its first bytes, not its name): reads every header, no data.
 * The descriptor stays open until `close()`; after an error none is left open.
 * @throws FitsError READ_FAILED, EMPTY_FILE, NOT_FITS, TRUNCATED_HEADER, BAD_HEADER, BAD_GZIP
 */
export async function openFitsFile(path: string): Promise<FitsFile> {
  const source = await openFileSource(path);
  try {
    if (!isGzip(await source.read(0, 2))) return await openFits(source);
    const packed = await source.read(0, source.size);
    const plain = await unpack(packed).catch((cause: unknown) => {
      throw new FitsError('BAD_GZIP', cause instanceof Error ? cause.message : String(cause), {
        path,
        cause,
      });
    });
    // Unpacked once and for all: the descriptor has done its work.
    const file = await openFits({ ...memorySource(plain, path) });
    await source.close();
    return file;
  } catch (error) {
    await source.close();
    throw error;
  }
}
