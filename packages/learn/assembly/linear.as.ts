// Dense products of tall tables in double precision: rows times a small matrix, and Householder reflections of blocks of rows.

/**
 * `out`[n, 4·groups] = `rows`[n, columns] · `packed`, which holds the other matrix as [group][column][4 outputs]. n is a multiple of 4: four
 * rows times four outputs are summed side by side.
 */
export function multiply(rows: usize, n: i32, columns: i32, packed: usize, groups: i32, out: usize): void {
  const rowBytes = usize(columns) << 3,
    outBytes = usize(groups) << 5;
  for (let i = 0; i < n; i += 4) {
    const x = rows + usize(i) * rowBytes;
    let w = packed;
    for (let g = 0; g < groups; g++) {
      let a0 = f64x2.splat(0),
        a1 = a0,
        b0 = a0,
        b1 = a0,
        c0 = a0,
        c1 = a0,
        d0 = a0,
        d1 = a0;
      const end = x + rowBytes;
      for (let at = x; at < end; at += 8, w += 32) {
        const w0 = v128.load(w),
          w1 = v128.load(w, 16);
        const a = v128.load64_splat(at),
          b = v128.load64_splat(at + rowBytes),
          c = v128.load64_splat(at + 2 * rowBytes),
          d = v128.load64_splat(at + 3 * rowBytes);
        a0 = f64x2.add(a0, f64x2.mul(a, w0));
        a1 = f64x2.add(a1, f64x2.mul(a, w1));
        b0 = f64x2.add(b0, f64x2.mul(b, w0));
        b1 = f64x2.add(b1, f64x2.mul(b, w1));
        c0 = f64x2.add(c0, f64x2.mul(c, w0));
        c1 = f64x2.add(c1, f64x2.mul(c, w1));
        d0 = f64x2.add(d0, f64x2.mul(d, w0));
        d1 = f64x2.add(d1, f64x2.mul(d, w1));
      }
      let to = out + usize(i) * outBytes + (usize(g) << 5);
      v128.store(to, a0);
      v128.store(to, a1, 16);
      to += outBytes;
      v128.store(to, b0);
      v128.store(to, b1, 16);
      to += outBytes;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      to += outBytes;
      v128.store(to, d0);
      v128.store(to, d1, 16);
    }
  }
}

/** Σ a·b over `bytes`, a multiple of 32. */
function dot(a: usize, b: usize, bytes: usize): f64 {
  let s0 = f64x2.splat(0),
    s1 = s0;
  const end = a + bytes;
  for (; a < end; a += 32, b += 32) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  const sum = f64x2.add(s0, s1);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * Reflects a block's columns ([columns][rows], `rows` a multiple of 4) to 0, column by column, into the upper triangle R [columns, columns]
 * (Householder; Golub & Van Loan 2013, 5.1).
 */
export function foldBlock(triangle: usize, block: usize, columns: i32, rows: i32): void {
  const bytes = usize(rows) << 3;
  for (let k = 0; k < columns; k++) {
    const own = block + usize(k) * bytes;
    const below = dot(own, own, bytes);
    if (below === 0) continue;
    const line = triangle + (usize(k * columns) << 3);
    const head = load<f64>(line + (usize(k) << 3));
    const norm = Math.sqrt(head * head + below);
    // The reflection vector is (head ± norm, own), its sign chosen so that nothing cancels.
    const first = head > 0 ? head + norm : head - norm;
    const factor = 2 / (first * first + below);
    store<f64>(line + (usize(k) << 3), head > 0 ? -norm : norm);
    for (let j = k + 1; j < columns; j++) {
      let other = block + usize(j) * bytes;
      const corner = line + (usize(j) << 3);
      const product = factor * (first * load<f64>(corner) + dot(own, other, bytes));
      store<f64>(corner, load<f64>(corner) - product * first);
      const by = f64x2.splat(product);
      const end = own + bytes;
      for (let at = own; at < end; at += 16, other += 16) {
        v128.store(other, f64x2.sub(v128.load(other), f64x2.mul(by, v128.load(at))));
      }
    }
  }
}
