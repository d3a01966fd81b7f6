/** Side of a stamp in pixels. */
export const side = 16;

/** Seeded stamps of noise: every other one holds a streak, the others a round star; label 1 is the streak. */
export function stamps(seed: number, count: number): { image: Float32Array; label: Float32Array } {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  for (let k = 0; k < 10; k++) random();
  const image = new Float32Array(count * side * side);
  const label = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const streak = n % 2;
    const [x0, y0, angle] = [5 + 6 * random(), 5 + 6 * random(), Math.PI * random()];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const along = (x - x0) * cos + (y - y0) * sin;
        const across = (y - y0) * cos - (x - x0) * sin;
        const spread = streak ? (across / 1.2) ** 2 + (along / 9) ** 4 : (across / 2) ** 2 + (along / 2) ** 2;
        image[(n * side + y) * side + x] = 0.6 * (random() - 0.5) + Math.exp(-spread);
      }
    }
    label[n] = streak;
  }
  return { image, label };
}
