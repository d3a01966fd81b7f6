import { html } from './html.ts';
import type { Html } from './html.ts';

/** Counts as a table, each cell shaded by its share of the row; rows without a count are left out. */
export function heatTable({
  rows,
  columns,
  counts,
  rowTitle,
  countTitle,
}: {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly counts: readonly (readonly number[])[];
  readonly rowTitle: string;
  readonly countTitle: string;
}): Html {
  const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const shade = (share: number): string =>
    share === 0
      ? ''
      : `background:rgba(0,114,178,${(0.08 + 0.72 * share).toFixed(2)})${share > 0.55 ? ';color:#fff' : ''}`;
  return html`<div class="tablewrap">
    <table class="heat">
      <thead>
        <tr>
          <th>${rowTitle}</th>
          <th class="num">${countTitle}</th>
          ${columns.map((name) => html`<th class="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((name, r) =>
          totals[r] === 0
            ? ''
            : html`<tr>
                <td>${name}</td>
                <td class="num">${totals[r].toLocaleString('en')}</td>
                ${counts[r].map((n) => html`<td class="cell" style="${shade(n / totals[r])}">${n === 0 ? '' : n.toLocaleString('en')}</td>`)}
              </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
