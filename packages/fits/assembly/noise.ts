// The background noise of a tile, as cfitsio's FnNoise5 estimates it: medians of absolute second, third and fifth order
// differences along the rows (Stoehr et al. 2007, ADASS XVII, 394, 505), then the median of the rows.

// Where the results go.
const result = memory.data(48, 16);

/**
 * Rows of `nx` pixels at `src`; NaN are left out. `scratch` holds (4 * nx + 3 * ny) pixels. Differences are computed in
 * the pixels' own precision, as the original does.
 * Returns the address of six float64: pixels that are not NaN, minimum, maximum, and the three noises.
 */
function noise<T>(src: usize, nx: u32, ny: u32, scratch: usize): usize {
  const row = scratch;
  const d2 = row + <usize>nx * sizeof<T>();
  const d3 = d2 + <usize>nx * sizeof<T>();
  const d5 = d3 + <usize>nx * sizeof<T>();
  const r2 = d5 + <usize>nx * sizeof<T>();
  const r3 = r2 + <usize>ny * sizeof<T>();
  const r5 = r3 + <usize>ny * sizeof<T>();
  let good: u32 = 0;
  let low: T = <T>Infinity;
  let high: T = <T>-Infinity;
  let rows: u32 = 0;
  let rows2: u32 = 0;
  for (let y: u32 = 0; y < ny; y++) {
    // The row's good pixels, side by side.
    let end = row;
    for (let x: u32 = 0; x < nx; x++) {
      const v = load<T>(src);
      src += sizeof<T>();
      if (v != v) continue;
      low = v < low ? v : low;
      high = v > high ? v : high;
      store<T>(end, v);
      end += sizeof<T>();
    }
    good += <u32>((end - row) / sizeof<T>());
    let n: u32 = 0;
    let n2: u32 = 0;
    for (let p = row; p + 8 * sizeof<T>() < end; p += sizeof<T>()) {
      const v5 = load<T>(p + 4 * sizeof<T>());
      const v6 = load<T>(p + 5 * sizeof<T>());
      const v7 = load<T>(p + 6 * sizeof<T>());
      // Constant stretches say nothing about the noise.
      const flat = v5 == v6 && v6 == v7;
      if (!flat) {
        store<T>(d2 + <usize>n2 * sizeof<T>(), abs<T>(v5 - v7));
        n2++;
      }
      const v3 = load<T>(p + 2 * sizeof<T>());
      const v4 = load<T>(p + 3 * sizeof<T>());
      if (!(flat && v3 == v4 && v4 == v5)) {
        const v1 = load<T>(p);
        const v9 = load<T>(p + 8 * sizeof<T>());
        store<T>(d3 + <usize>n * sizeof<T>(), abs<T>(<T>2 * v5 - v3 - v7));
        store<T>(d5 + <usize>n * sizeof<T>(), abs<T>(<T>6 * v5 - <T>4 * v3 - <T>4 * v7 + v1 + v9));
        n++;
      }
    }
    if (n == 0) continue;
    if (n2 > 0) {
      store<T>(r2 + <usize>rows2 * sizeof<T>(), middle<T>(d2, n2));
      rows2++;
    }
    store<T>(r3 + <usize>rows * sizeof<T>(), middle<T>(d3, n));
    store<T>(r5 + <usize>rows * sizeof<T>(), middle<T>(d5, n));
    rows++;
  }
  store<f64>(result, <f64>good);
  store<f64>(result + 8, <f64>low);
  store<f64>(result + 16, <f64>high);
  store<f64>(result + 24, 1.0483579 * median<T>(r2, rows2));
  store<f64>(result + 32, 0.6052697 * median<T>(r3, rows));
  store<f64>(result + 40, 0.1772048 * median<T>(r5, rows));
  return result;
}

export function noise32(src: usize, nx: u32, ny: u32, scratch: usize): usize {
  return noise<f32>(src, nx, ny, scratch);
}

export function noise64(src: usize, nx: u32, ny: u32, scratch: usize): usize {
  return noise<f64>(src, nx, ny, scratch);
}

// The mean of the two middle values when there are two.
function median<T>(a: usize, n: u32): f64 {
  if (n == 0) return 0;
  const low = <f64>select<T>(a, n, (n - 1) >> 1);
  return (n & 1) == 1 ? low : (low + <f64>select<T>(a, n, n >> 1)) / 2;
}

const binCount: usize = 2048;
const bins = memory.data(8192, 16);

// The lower median of non-negative values; reorders. Single precision: the bits of non-negative floats sort like the floats,
// so a histogram of their upper bits leaves few values to select from, without quickselect's unpredictable branches.
function middle<T>(a: usize, n: u32): T {
  const k = (n - 1) >> 1;
  if (sizeof<T>() == 8 || n < 64) return select<T>(a, n, k);
  memory.fill(bins, 0, binCount << 2);
  const end = a + ((<usize>n) << 2);
  for (let p = a; p < end; p += 4) {
    const bin = bins + ((<usize>(load<u32>(p) >> 20) & (binCount - 1)) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
  let below: u32 = 0;
  let wanted: u32 = 0;
  for (; ; wanted++) {
    const count = load<u32>(bins + ((<usize>wanted) << 2));
    if (below + count > k) break;
    below += count;
  }
  let kept = a;
  for (let p = a; p < end; p += 4) {
    const bits = load<u32>(p);
    store<u32>(kept, bits);
    kept += <usize>(((bits >> 20) & (<u32>binCount - 1)) == wanted) << 2;
  }
  return select<T>(a, <u32>((kept - a) >> 2), k - below);
}

// The k-th smallest (from 0) by Hoare's quickselect; reorders.
function select<T>(a: usize, n: u32, k: u32): T {
  let left = a;
  let right = a + <usize>(n - 1) * sizeof<T>();
  const target = a + <usize>k * sizeof<T>();
  while (left < right) {
    const pivot = load<T>(target);
    let i = left;
    let j = right;
    do {
      while (load<T>(i) < pivot) i += sizeof<T>();
      while (load<T>(j) > pivot) j -= sizeof<T>();
      if (i <= j) {
        const v = load<T>(i);
        store<T>(i, load<T>(j));
        store<T>(j, v);
        i += sizeof<T>();
        j -= sizeof<T>();
      }
    } while (i <= j);
    if (target <= j) right = j;
    else if (target >= i) left = i;
    else break;
  }
  return load<T>(target);
}
