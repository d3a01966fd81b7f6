// Impurities as sums: of a node with class weights c_k, w = Σ c_k, the Gini sum is Σ c_k² / w = w · (1 − impurity), the entropy sum
// Σ c_k log2(c_k / w) = −w · impurity. A split gains sum(left) + sum(right) − sum(node) in weighted impurity.

// @ts-ignore: decorator
@inline
function log2(value: f64): f64 {
  return Math.log(value) * 1.4426950408889634;
}

/** The sum of the `classes` weights at `counts`, which add up to `weight`. */
// @ts-ignore: decorator
@inline
export function puritySum(counts: usize, classes: i32, weight: f64, entropy: bool): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < classes; k++) {
    const count = load<f64>(counts + (usize(k) << 3));
    if (entropy) sum += count > 0 ? count * log2(count / weight) : 0;
    else sum += count * count;
  }
  return entropy ? sum : sum / weight;
}

/** The sum of what is in `totals` and not in `counts`. */
// @ts-ignore: decorator
@inline
export function restPuritySum(totals: usize, counts: usize, classes: i32, weight: f64, entropy: bool): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < classes; k++) {
    const count = load<f64>(totals + (usize(k) << 3)) - load<f64>(counts + (usize(k) << 3));
    if (entropy) sum += count > 0 ? count * log2(count / weight) : 0;
    else sum += count * count;
  }
  return entropy ? sum : sum / weight;
}

/** The Gini sum of two classes. */
// @ts-ignore: decorator
@inline
export function pairSum(a: f64, b: f64): f64 {
  return (a * a + b * b) / (a + b);
}
