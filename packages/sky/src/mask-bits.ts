/** Bits of the pipeline's mask: DESDM, Y3 and later (`mask-bits` of the taxonomy; Morganson et al. 2018, PASP 130, 074501, table 9). */
export const maskBits = {
  BPM: 1,
  SATURATE: 2,
  INTERP: 4,
  BADAMP: 8,
  CRAY: 16,
  STAR: 32,
  TRAIL: 64,
  EDGEBLEED: 128,
  SSXTALK: 256,
  EDGE: 512,
  STREAK: 1024,
  SUSPECT: 2048,
  FIXED: 4096,
  NEAREDGE: 8192,
  TAPEBUMP: 16384,
} as const;
