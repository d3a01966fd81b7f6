import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Files } from './platform.ts';

export const files: Files = {
  exists: existsSync,
  read: readFile,
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async writeWhole(path, bytes) {
    const partial = `${path}.partial`;
    try {
      await writeFile(partial, bytes);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  },
  append: appendFile,
};
