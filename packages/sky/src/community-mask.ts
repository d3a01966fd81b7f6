import { maskBits } from './mask-bits.ts';

/** Version that the cards of a simulated exposure with such masks give: codes came with V3.5. */
export const communityVersion = 'V5.0';

/**
 * What the NOIRLab Community Pipeline gives a pixel that DESDM gives one of these bits; the first that applies. (Its data-quality masks
 * from V3.5 on hold one integer code a pixel: 1 bad, 2 no value, 3 saturated, 4 bleed, 5 cosmic ray, 6 low weight, 7 difference,
 * 8 long streak; NOIRLab Data Handbook, section on DECam.) It knows no halos of stars, and no cross-talk of its own; signal-to-noise in the truth is that beside DESDM's mask either way.
 */
const codes = [
  [maskBits.BPM | maskBits.BADAMP | maskBits.EDGE, 1],
  [maskBits.SATURATE, 3],
  [maskBits.TRAIL | maskBits.EDGEBLEED, 4],
  [maskBits.CRAY, 5],
  [maskBits.STREAK, 8],
  [maskBits.SUSPECT, 6],
] as const;

/** The Community Pipeline's codes of a mask with DESDM's bits. */
export function communityMask(mask: Uint16Array): Int16Array {
  const out = new Int16Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    const bits = mask[i];
    if (bits === 0) continue;
    for (const [known, code] of codes) {
      if ((bits & known) === 0) continue;
      out[i] = code;
      break;
    }
  }
  return out;
}
