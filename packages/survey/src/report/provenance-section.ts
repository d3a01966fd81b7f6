import { html } from './html.ts';
import type { HtmlPart } from './html.ts';
import { nameValueList } from './page.ts';
import type { Section } from './page.ts';

/** What was run on what: names and values, values as they would be typed. @param before notes above them */
export function provenanceSection(
  entries: readonly (readonly [string, string])[],
  before: HtmlPart = null,
): Section {
  return {
    id: 'provenance',
    title: 'Provenance',
    body: html`${before}${nameValueList(
      entries.map(([name, value]) => [name, html`<span class="mono">${value}</span>`] as const),
    )}`,
  };
}
