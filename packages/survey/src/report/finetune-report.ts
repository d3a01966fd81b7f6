import type { FinetunePoint } from '../stamp-models/finetune-point.ts';
import type { PaperFigures } from '../paper-figures.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { transferCurve, transferTable } from './transfer-section.ts';

export interface FinetuneReportData {
  readonly title: string;
  readonly generatedAt: string;
  readonly command: string;
  readonly about: string | null;
  readonly start: { readonly name: string; readonly sha256: string; readonly trainedOn: string };
  /** The set of the other survey, and how many of its stamps everything is measured on. */
  readonly set: string;
  readonly tested: number;
  readonly points: readonly FinetunePoint[];
  readonly paper: PaperFigures | null;
  readonly notes: readonly string[];
}

/** What training further on another survey gives against the number of its labels, as one self-contained HTML page. */
export function renderFinetuneReport(data: FinetuneReportData): string {
  const { points, start } = data;
  return renderPage({
    title: data.title,
    subtitle: html`${start.name} on ${data.set}, measured on ${data.tested} stamps held out ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: data.about === null ? null : html`<p class="banner">${data.about}</p>`,
    sections: [
      { id: 'curve', title: 'Against the number of labels', body: transferCurve(points) },
      {
        id: 'figures',
        title: 'Figures',
        aside: '95 % intervals',
        body: transferTable(points, data.paper ?? null),
      },
      provenanceSection(
        [
          ['Command', data.command],
          ['Started from', `${start.name} (SHA-256 ${start.sha256}), trained on ${start.trainedOn}`],
        ],
        data.notes.map((note) => html`<p class="banner">${note}</p>`),
      ),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}
