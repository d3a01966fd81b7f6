/** Bits of the mask of a difference. Pixels with a bit other than `kernelReach` have no value. */
export const differenceBits = {
  scienceBad: 1,
  referenceBad: 2,
  kernelReach: 4,
  noReference: 8,
  scienceSaturated: 16,
  referenceSaturated: 32,
} as const;

/** What each bit says, as it stands in the header. */
export const differenceBitMeanings: Readonly<Record<keyof typeof differenceBits, string>> = {
  scienceBad: 'science pixel masked or without a value',
  referenceBad: 'reference pixel masked or without a value',
  kernelReach: 'value given, but the kernel reaches a pixel that was filled',
  noReference: 'no reference here, or the kernel reaches past the edge',
  scienceSaturated: 'science pixel saturated or next to one',
  referenceSaturated: 'reference pixel saturated or within a kernel of one',
};
