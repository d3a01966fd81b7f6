import { encode } from 'fast-png';
import { dataUri } from '../report/pictures.ts';
import { marked } from './judge-pictures.ts';
import type { Outcome } from './picture-model.ts';
import { majority } from './tiles.ts';

type Rgb = readonly [number, number, number];

/** Colours of what anybody marked, of what the majority marked and of what the network marks. */
export const overlayColours = {
  anybody: [240, 228, 66],
  majority: [230, 100, 0],
  network: [0, 190, 255],
} as const satisfies Record<string, Rgb>;

/**
 * A PNG of the picture, tinted where the network finds something probable, with the outlines of what anybody marked, what the majority marked, and what the
 * network marks; as a data URI.
 */
export function pictureOverlay({ picture, map }: Outcome, size: number, threshold: number): string {
  const { pixels, votes, masks } = picture;
  const data = new Uint8Array(3 * size * size);
  for (let i = 0; i < pixels.length; i++) {
    const tint = 0.35 * map[i];
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = Math.round((1 - tint) * pixels[i] + tint * overlayColours.network[c]);
  }
  const outlines: readonly (readonly [Uint8Array, Rgb])[] = [
    [votes.map((count) => (count > 0 ? 1 : 0)), overlayColours.anybody],
    [majority(votes, masks.length), overlayColours.majority],
    [marked(map, threshold), overlayColours.network],
  ];
  for (const [mask, colour] of outlines) {
    for (let i = 0; i < mask.length; i++) if (isEdge(mask, i, size)) data.set(colour, 3 * i);
  }
  return dataUri(encode({ width: size, height: size, data, channels: 3, depth: 8 }));
}

/** Set, with a neighbour in the picture that is not. */
function isEdge(mask: Uint8Array, i: number, size: number): boolean {
  if (mask[i] === 0) return false;
  const x = i % size;
  return (
    (x > 0 && mask[i - 1] === 0) ||
    (x < size - 1 && mask[i + 1] === 0) ||
    (i >= size && mask[i - size] === 0) ||
    (i < mask.length - size && mask[i + size] === 0)
  );
}
