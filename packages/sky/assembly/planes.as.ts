// Passes over all pixels of a CCD, in double precision and in the order of the pixels.

/** `count` pixels of one amplifier, electrons, cut at the full well, times `flat` and `factor`. */
export function flatten(pixels: usize, flat: usize, count: i32, saturation: f64, factor: f64): void {
  const well = f64x2.splat(saturation),
    factors = f64x2.splat(factor);
  const end = pixels + (usize(count & ~1) << 2);
  for (; pixels < end; pixels += 8, flat += 8) {
    const value = f64x2.promote_low_f32x4(v128.load64_zero(pixels));
    const error = f64x2.promote_low_f32x4(v128.load64_zero(flat));
    const out = f64x2.mul(f64x2.mul(f64x2.pmin(value, well), error), factors);
    v128.store64_lane(pixels, f32x4.demote_f64x2_zero(out), 0);
  }
  if (count & 1) {
    const value = f64(load<f32>(pixels));
    store<f32>(pixels, f32((value < saturation ? value : saturation) * f64(load<f32>(flat)) * factor));
  }
}

/**
 * Sums over the pixels of a cell, `rows` of `columns`, where an event changed them: Δ = delta − sky (`sky` 0: delta). All three arrays have `pitch`
 * values a row; the mask's are 16 bits. At `out`, f64 each, added to what stands there:
 *   0 usable pixels, 1 ΣΔ, 2 ΣΔ·(x − middleX), 3 ΣΔ·(y − middleY), 4 ΣΔ² over usable pixels;
 *   5 largest |Δ|, 6 pixels with |Δ| > threshold, 7 Σ|Δ|, 8 Σ|Δ|·x, 9 Σ|Δ|·y over all pixels.
 */
export function truthCell(
  delta: usize,
  sky: usize,
  mask: usize,
  pitch: i32,
  columns: i32,
  rows: i32,
  x0: i32,
  y0: i32,
  middleX: f64,
  middleY: f64,
  threshold: f64,
  out: usize,
): void {
  let n = load<f64>(out),
    sum = load<f64>(out, 8),
    slopeX = load<f64>(out, 16),
    slopeY = load<f64>(out, 24),
    squares = load<f64>(out, 32),
    largest = load<f64>(out, 40),
    area = load<f64>(out, 48),
    weight = load<f64>(out, 56),
    sumX = load<f64>(out, 64),
    sumY = load<f64>(out, 72);
  for (let r = 0; r < rows; r++) {
    const row = usize(r * pitch);
    let at = delta + (row << 2),
      skyAt = sky + (row << 2),
      maskAt = mask + (row << 1);
    let rowWeight: f64 = 0,
      rowSum: f64 = 0;
    let usableCount = 0;
    for (let x = x0; x < x0 + columns; x++, at += 4, skyAt += 4, maskAt += 2) {
      let d = f64(load<f32>(at));
      if (sky !== 0) d -= f64(load<f32>(skyAt));
      const usable = load<u16>(maskAt) === 0;
      if (usable) usableCount++;
      if (d === 0) continue;
      if (usable) {
        rowSum += d;
        slopeX += d * (f64(x) - middleX);
        squares += d * d;
      }
      const size = abs(d);
      if (size > largest) largest = size;
      if (size > threshold) area += 1;
      rowWeight += size;
      sumX += size * f64(x);
    }
    n += f64(usableCount);
    const y = f64(y0 + r);
    sum += rowSum;
    slopeY += rowSum * (y - middleY);
    weight += rowWeight;
    sumY += rowWeight * y;
  }
  store<f64>(out, n);
  store<f64>(out, sum, 8);
  store<f64>(out, slopeX, 16);
  store<f64>(out, slopeY, 24);
  store<f64>(out, squares, 32);
  store<f64>(out, largest, 40);
  store<f64>(out, area, 48);
  store<f64>(out, weight, 56);
  store<f64>(out, sumX, 64);
  store<f64>(out, sumY, 72);
}
