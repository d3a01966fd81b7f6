import type { Files } from './platform.ts';

function refuse(path: string): never {
  throw new Error(
    `"${path}" cannot be written in a browser; leave checkpointDir out and keep the weights yourself`,
  );
}

/** A page reads over the network and writes nothing. */
export const files: Files = {
  exists: () => false,
  async read(path) {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  makeFolder: refuse,
  writeWhole: refuse,
  append: refuse,
};
