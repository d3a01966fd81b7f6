import { Html, html, jsonForScript } from './html.ts';

export interface TableColumn {
  readonly label: string;
  /** `wrap` is text that may break over lines (paths, messages). */
  readonly kind: 'text' | 'wrap' | 'number' | 'percent';
  readonly digits?: number;
  /** Cells of this column link to `links[row]`. */
  readonly link?: boolean;
}

export interface DataTable {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Rows with a mark at their left edge. */
  readonly flags?: readonly boolean[];
  /** Fragment a row leads to, or null. */
  readonly links?: readonly (string | null)[];
  /** How the rows are sorted as given: column, and whether downwards. */
  readonly sortedBy?: { readonly column: number; readonly descending: boolean };
  readonly pageSize?: number;
  readonly searchLabel?: string;
}

/**
 * A table that sorts, filters and pages in the browser: the data travel as JSON, only one page of rows is ever in the
 * document, so ten thousand rows cost a megabyte and no waiting. The first page is there without script (and in print).
 */
export function dataTable(table: DataTable): Html {
  const { rows, pageSize = 50, searchLabel, sortedBy } = table;
  const columns = table.columns.map((column) => ({ ...column, digits: column.digits ?? 2 }));
  const paged = rows.length > pageSize;
  const data = {
    columns: columns.map(({ kind, digits, link }) => ({ kind, digits, link })),
    rows: rows.map((row) => row.map((value, k) => shorten(value, columns[k]))),
    flags: table.flags?.map(Number),
    links: table.links,
    pageSize,
    sort: sortedBy?.column ?? -1,
    direction: sortedBy?.descending === true ? -1 : 1,
  };
  const numeric = (kind: TableColumn['kind']): boolean => kind === 'number' || kind === 'percent';
  const cell = (row: (typeof rows)[number], i: number) =>
    columns.map((column, k) => {
      const content = cellText(row[k], column);
      const link = column.link === true ? table.links?.[i] : null;
      const name = column.kind === 'wrap' ? 'wrap' : numeric(column.kind) ? 'num' : '';
      return html`<td class="${name}">
        ${link == null ? content : html`<a href="#${link}">${content}</a>`}
      </td>`;
    });
  const sorted = (k: number): Html | string =>
    k !== sortedBy?.column
      ? ''
      : new Html(` aria-sort="${sortedBy.descending ? 'descending' : 'ascending'}"`);
  return html`<div data-table>
    ${
      paged && searchLabel !== undefined
        ? html`<div class="controls">
            <label><input type="search" placeholder="${searchLabel}" aria-label="${searchLabel}" /></label>
          </div>`
        : ''
    }
    <div class="tablewrap">
      <table class="full">
        <thead>
          <tr>
            ${columns.map(
              ({ label, kind }, k) =>
                html`<th${sorted(k)} class="${numeric(kind) ? 'num' : ''}"><button type="button">${label}</button></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, pageSize).map(
            (row, i) =>
              html`<tr class="${table.flags?.[i] === true ? 'flag' : ''}">
                ${cell(row, i)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${paged ? html`<div class="pager"><button type="button" class="back" disabled>Back</button><button type="button" class="next">Next</button><span class="count">1–${pageSize} of ${rows.length}</span></div>` : ''}
    <script type="application/json">
      ${jsonForScript(data)}
    </script>
  </div>`;
}

function cellText(value: string | number | null, { kind, digits }: TableColumn & { digits: number }): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return kind === 'percent' ? `${(100 * value).toFixed(digits)} %` : value.toFixed(digits);
}

/** Digits nobody sees only make the page larger. */
function shorten(
  value: string | number | null,
  column: { kind: string; digits: number },
): string | number | null {
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return null;
  return Number(value.toFixed(column.digits + (column.kind === 'percent' ? 4 : 2)));
}
