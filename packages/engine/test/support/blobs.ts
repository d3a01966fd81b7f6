/** Noise with a bright 2×2 blob in every other image of 8×8. */
export function blobs(
  epoch: number,
  batch: number,
  size: number,
): { image: Float32Array; label: Float32Array } {
  let state = 7 + 1000 * epoch + batch;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  for (let k = 0; k < 10; k++) random();
  const image = Float32Array.from({ length: size * 64 }, () => random() - 0.5);
  const label = Float32Array.from({ length: size }, (_, k) => k % 2);
  for (let k = 1; k < size; k += 2) {
    const at = k * 64 + Math.floor(random() * 7) * 8 + Math.floor(random() * 7);
    for (const pixel of [at, at + 1, at + 8, at + 9]) image[pixel] += 1.5;
  }
  return { image, label };
}
