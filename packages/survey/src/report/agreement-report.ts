import { intervalBarsPlot } from '@blemish/evaluate';
import type { MeasuredAgreement } from '../exposure-lists/inspector-agreement.ts';
import { version } from '../version.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { html } from './html.ts';
import type { Html, HtmlPart } from './html.ts';
import { figure, renderPage, tiles } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

export interface AgreementReportData {
  readonly agreement: MeasuredAgreement;
  readonly generatedAt: string;
  readonly command: string;
}

/** How far the inspectors of a list of bad exposures agree, as one self-contained page; its numbers are those of `agreement.json`. */
export function renderAgreementReport({ agreement, generatedAt, command }: AgreementReportData): string {
  const { list, n, inspectors, confirmed, fleissKappa, drawn, units, caveats, notes, failed } = agreement;
  const two = confirmed.find(({ atLeast }) => atLeast === 2);
  return renderPage({
    title: 'Agreement of inspectors',
    subtitle: html`${plural(n, 'exposure')} of ${list} · ${generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${caveats.map((text) => html`<p class="banner">${text}</p>`)}${tiles([
      { label: 'exposures', value: n.toLocaleString('en'), note: `${inspectors.length} inspectors` },
      ...(two === undefined
        ? []
        : [
            {
              label: 'bad by two or more',
              value: two.n.toLocaleString('en'),
              note: formatInterval(two.share, 'percent'),
            },
          ]),
      {
        label: "Fleiss' kappa",
        value: fleissKappa.value === null ? 'n/a' : formatNumber(fleissKappa.value, 2),
        note: formatInterval(fleissKappa),
      },
    ])}`,
    sections: [
      {
        id: 'pairs',
        title: 'Pairs',
        aside: `95 % intervals, ${units.toLocaleString('en')} ${drawn} drawn again`,
        body: pairTable(agreement),
      },
      { id: 'inspectors', title: 'Inspectors', body: inspectorTable(agreement) },
      { id: 'reasons', title: "By the machine's reason", body: reasonSection(agreement) },
      provenanceSection(
        [
          ['Command', command],
          ['List', list],
          ['Lines that cannot be read', String(failed.length)],
          ['Blemish', version],
        ],
        notes.map((note) => html`<p class="banner">${note}</p>`),
      ),
    ],
    footer: html`Written by Blemish; the same numbers are in agreement.json, pairs.csv and reasons.csv. This
    page is complete in itself: it loads nothing from the network.`,
  });
}

function table(head: readonly string[], rows: readonly (readonly HtmlPart[])[]): Html {
  return html`<div class="tablewrap">
    <table>
      <thead>
        <tr>
          ${head.map((name, k) => html`<th class="${k === 0 ? '' : 'num'}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, k) => html`<td class="${k === 0 ? '' : 'num'}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function pairTable({ pairs, fleissKappa, judgedByAll, krippendorffAlpha }: MeasuredAgreement): Html {
  const name = ({ first, second }: (typeof pairs)[number]) => `${first}, ${second}`;
  return html`${table(
      ['Inspectors', 'Same verdict', "Cohen's kappa", 'Agreement on bad', 'Agreement on not bad'],
      pairs.map((pair) => [
        name(pair),
        ...[pair.observed, pair.kappa, pair.positive, pair.negative].map((figure) => formatInterval(figure)),
      ]),
    )}${table(
      ['Inspectors', 'Both judged', 'Both bad', 'First alone', 'Second alone', 'Neither'],
      pairs.map((pair) => [
        name(pair),
        ...[pair.n, pair.bothBad, pair.onlyFirst, pair.onlySecond, pair.neither].map((n) =>
          n.toLocaleString('en'),
        ),
      ]),
    )}
    <p>
      All of them: Fleiss' kappa ${formatInterval(fleissKappa)} over ${plural(judgedByAll, 'exposure')} on
      which everybody has a verdict; Krippendorff's alpha
      ${krippendorffAlpha.value === null ? krippendorffAlpha.reason : formatNumber(krippendorffAlpha.value)}
      over all.
    </p>
    <p class="muted">
      Agreement on bad: of the times that either says bad, the share where the other does too; likewise on not
      bad. One kappa mixes the two.
    </p>`;
}

function inspectorTable({ inspectors }: MeasuredAgreement): Html {
  return table(
    ['Inspector', 'Bad', 'Not bad, or not inspected', 'Empty', 'Bad with words of their own'],
    inspectors.map(({ name, bad, notBad, empty, withWords }) => [
      name,
      ...[bad, notBad, empty, withWords].map((count) => count.toLocaleString('en')),
    ]),
  );
}

function reasonSection({ n, inspectors, confirmed, reasons }: MeasuredAgreement): Html {
  const all = { reason: 'All exposures', n, bad: inspectors.map(({ bad }) => bad), confirmed };
  const rows = [all, ...reasons];
  const least = Math.min(2, inspectors.length);
  return html`${figure(
    intervalBarsPlot({
      rows: rows.map(({ reason, n: own, confirmed: levels }) => ({
        name: `${reason} (${own})`,
        interval: levels[least - 1].share,
      })),
      label: `share called bad by ${least} inspectors or more`,
      percent: true,
      width: 760,
    }),
    `Confirmed by ${least} or more`,
    'Exposures for which the machine gave several reasons count with each of them.',
    true,
  )}${table(
    [
      'Reason',
      'Exposures',
      ...inspectors.map(({ name }) => `Bad by ${name}`),
      ...confirmed.map(({ atLeast }) => `${atLeast} or more`),
    ],
    rows.map(({ reason, n: own, bad, confirmed: levels }) => [
      reason,
      own.toLocaleString('en'),
      ...bad.map((count) => count.toLocaleString('en')),
      ...levels.map(({ n: hits, share }) => html`${hits} <span class="muted">${percentOf(share)}</span>`),
    ]),
  )}`;
}

function percentOf(share: MeasuredAgreement['confirmed'][number]['share']): string {
  return share.value === null ? share.reason : formatPercent(share.value);
}
