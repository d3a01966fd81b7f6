/**
 * A quadtree over points of a plane, flat: cells in the order of a walk from the root, each followed by what it contains, and `after` the
 * first cell outside it. Cells that contain all points of the cell around them are left out, so that there are fewer than 2 n.
 */
export class QuadTree {
  /** Points from cell to cell: what is near in this order is near in the plane. */
  readonly order: Int32Array;
  /** Four numbers a cell: its center of mass, its points, and its squared width over θ², −1 for a leaf, which is never opened. */
  readonly #cell: Float64Array;
  readonly #after: Int32Array;
  readonly #spare: Int32Array;
  #cells = 0;

  constructor(points: number) {
    const cells = 2 * points;
    this.order = new Int32Array(points);
    this.#cell = new Float64Array(4 * cells);
    this.#after = new Int32Array(cells);
    this.#spare = new Int32Array(points);
  }

  /**
   * @param at [n, 2]
   * @param theta a cell of width w at distance d counts as one point where w / d < θ; below 1/√2, so that no point meets its own cell
   */
  build(at: Float64Array, theta: number): void {
    let left = Infinity;
    let right = -Infinity;
    let bottom = Infinity;
    let top = -Infinity;
    for (let i = 0; i < at.length; i += 2) {
      left = Math.min(left, at[i]);
      right = Math.max(right, at[i]);
      bottom = Math.min(bottom, at[i + 1]);
      top = Math.max(top, at[i + 1]);
    }
    const width = Math.max(right - left, top - bottom) * (1 + 1e-9);
    for (let i = 0; i < this.order.length; i++) this.order[i] = i;
    this.#cells = 0;
    this.#divide(at, 0, this.order.length, left, bottom, width, 1 / (theta * theta));
  }

  /**
   * Σ q² (y − yⱼ) to `force` and Σ q as result over the other points, q = 1 / (1 + |y − yⱼ|²), far ones taken together (van der Maaten 2014,
   * section 4.2).
   */
  repulsion(x: number, y: number, force: Float64Array): number {
    const cells = this.#cell;
    const after = this.#after;
    const end = this.#cells;
    let sum = 0;
    let forceX = 0;
    let forceY = 0;
    for (let cell = 0; cell < end;) {
      const at = 4 * cell;
      const dx = x - cells[at];
      const dy = y - cells[at + 1];
      const square = dx * dx + dy * dy;
      if (cells[at + 3] >= square) {
        cell++;
        continue;
      }
      const q = 1 / (1 + square);
      const share = cells[at + 2] * q;
      sum += share;
      forceX += share * q * dx;
      forceY += share * q * dy;
      cell = after[cell];
    }
    force[0] = forceX;
    force[1] = forceY;
    // The point itself, at distance 0.
    return sum - 1;
  }

  #divide(
    at: Float64Array,
    first: number,
    last: number,
    left: number,
    bottom: number,
    width: number,
    inverse: number,
  ): void {
    const { order } = this;
    const spare = this.#spare;
    let second = first;
    let third = first;
    let fourth = first;
    let parted = false;
    // Narrows the cell until it parts its points; ones that no width parts are at one place.
    for (let depth = 0; last - first > 1 && depth < 60 && !parted; depth++) {
      width /= 2;
      const middleX = left + width;
      const middleY = bottom + width;
      let lowRight = 0;
      let highLeft = 0;
      let highRight = 0;
      for (let k = first; k < last; k++) {
        const i = 2 * order[k];
        const right = at[i] >= middleX;
        if (at[i + 1] < middleY) lowRight += right ? 1 : 0;
        else if (right) highRight++;
        else highLeft++;
      }
      const all = last - first;
      const lowLeft = all - lowRight - highLeft - highRight;
      if (lowRight === all || highRight === all) left = middleX;
      if (highLeft === all || highRight === all) bottom = middleY;
      if (Math.max(lowLeft, lowRight, highLeft, highRight) === all) continue;
      parted = true;
      second = first + lowLeft;
      third = second + lowRight;
      fourth = third + highLeft;
      let a = first;
      let b = second;
      let c = third;
      let d = fourth;
      for (let k = first; k < last; k++) {
        const i = 2 * order[k];
        const right = at[i] >= middleX;
        if (at[i + 1] < middleY) spare[right ? b++ : a++] = order[k];
        else spare[right ? d++ : c++] = order[k];
      }
      for (let k = first; k < last; k++) order[k] = spare[k];
    }
    const cell = this.#cells++;
    let sumX = 0;
    let sumY = 0;
    for (let k = first; k < last; k++) {
      sumX += at[2 * order[k]];
      sumY += at[2 * order[k] + 1];
    }
    const cells = this.#cell;
    cells[4 * cell] = sumX / (last - first);
    cells[4 * cell + 1] = sumY / (last - first);
    cells[4 * cell + 2] = last - first;
    cells[4 * cell + 3] = parted ? 4 * width * width * inverse : -1;
    if (parted) {
      const right = left + width;
      const middle = bottom + width;
      if (second > first) this.#divide(at, first, second, left, bottom, width, inverse);
      if (third > second) this.#divide(at, second, third, right, bottom, width, inverse);
      if (fourth > third) this.#divide(at, third, fourth, left, middle, width, inverse);
      if (last > fourth) this.#divide(at, fourth, last, right, middle, width, inverse);
    }
    this.#after[cell] = this.#cells;
  }
}
