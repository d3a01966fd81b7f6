import type { Interval } from '@blemish/evaluate';

/** `0.973`; an en dash for none. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return value.toFixed(Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? Math.min(digits, 1) : digits);
}

/** `+0.0123`, `−0.0123`. */
export function formatSigned(value: number, digits = 4): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${formatNumber(Math.abs(value), digits)}`;
}

/** `12.4 %`: two to three significant digits. */
export function formatPercent(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return '–';
  const percent = 100 * rate;
  if (percent === 0) return '0 %';
  return `${Number(percent.toPrecision(percent >= 99 && percent < 100 ? 4 : percent >= 10 ? 3 : 2))} %`;
}

/** `0.973 (0.951–0.987)`, or the reason why there is no number. */
export function formatInterval(interval: Interval | null, style: 'number' | 'percent' = 'number'): string {
  if (interval === null) return '–';
  if (interval.value === null) return `n/a: ${interval.reason}`;
  const f =
    style === 'percent' ? (x: number) => formatPercent(x).replace(' %', '') : (x: number) => formatNumber(x);
  const unit = style === 'percent' ? ' %' : '';
  // A dash beside a minus sign reads badly.
  const until = interval.low < 0 ? ' to ' : '–';
  return `${f(interval.value)}${unit} (${f(interval.low)}${until}${f(interval.high)}${unit})`;
}

/** As `formatInterval`, each number to three digits however small: `0.00103 (0.000987–0.00108)`. */
export function formatSmallInterval(interval: Interval): string {
  if (interval.value === null) return `n/a: ${interval.reason}`;
  const f = (x: number) => String(Number(x.toPrecision(3)));
  return `${f(interval.value)} (${f(interval.low)}–${f(interval.high)})`;
}

/** `2 h 03 min`, `4 min 12 s`, `8.4 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `1 image`, `12,000 images`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
