import { forestPlot, learningCurvePlot, rocComparisonPlot } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import type {
  BlockCurves,
  ComparedStampModel,
  StampBlock,
  StampComparison,
} from '../stamp-models/stamp-comparison.ts';
import { formatNumber, formatSigned, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage } from './page.ts';
import type { Section } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { figureNames } from './table-report.ts';
import { transferCurve, transferTable } from './transfer-section.ts';

export interface StampComparisonReportData {
  readonly comparison: StampComparison;
  /** Of each block; empty where there are not two classes. */
  readonly curves: readonly BlockCurves[];
  readonly generatedAt: string;
  readonly command: string;
}

/** What every table has; what else a paper names comes after. */
const always = ['auc', 'accuracy', 'balancedAccuracy', 'mcc', 'precision', 'recall', 'f1', 'fpr'];

/** All models of a paper beside the paper's own figures as one self-contained HTML page; its numbers are those of `comparison.json`. */
export function renderStampComparison(data: StampComparisonReportData): string {
  const { comparison, curves, generatedAt, command } = data;
  const { blocks, transfers, paperTransfer, notes } = comparison;
  const measured = blocks.flatMap(({ models }) => models.filter(({ folder }) => folder !== null));
  const sections: Section[] = [
    ...blocks.flatMap((block, b) => blockSections(block, curves[b])),
    ...transfers.map((study, t) => ({
      id: `transfer-${t + 1}`,
      title: `Transfer of ${study.start} to ${study.set}`,
      aside: `${study.simulated ? 'simulated' : 'real'}, ${plural(study.tested, 'stamp')} held out, 95 % intervals`,
      body: html`${transferCurve(study.points)}${transferTable(study.points, study.paper ?? paperTransfer)}${foreign(study.simulated)}`,
    })),
    provenanceSection(
      [
        ['Command', command],
        ...measured.map(
          ({ name, folder, sha256 }) => [name, `${folder!}, model SHA-256 ${sha256!}`] as const,
        ),
        ...blocks.map(({ set }) => ['Stamps', `${set.name}, SHA-256 ${set.sha256}`] as const),
        ...transfers.map(({ start, folder }) => [`Transfer of ${start}`, folder] as const),
      ],
      notes.map((note) => html`<p class="banner">${note}</p>`),
    ),
  ];
  return renderPage({
    title: `${plural(measured.length, 'model')} of stamps compared`,
    subtitle: html`${blocks.map((block) => head(block)).join(' · ')} ·
    ${generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: blocks.some(({ set }) => set.simulated)
      ? html`<p class="banner">
          Figures under “simulated” say nothing of real stamps; the paper’s figures are of the paper’s real
          data.
        </p>`
      : null,
    sections,
    footer: html`Written by Blemish; the same numbers are in comparison.json. This page is complete in itself:
    it loads nothing from the network.`,
  });
}

/** `simulated, 5,440 stamps`. */
function head({ set, n }: StampBlock): string {
  return `${set.simulated ? 'simulated' : 'real'}, ${plural(n, 'stamp')}`;
}

function blockSections(block: StampBlock, curves: BlockCurves): Section[] {
  const { set, models, reference, classes, nGroups } = block;
  const id = set.simulated ? 'simulated' : 'real';
  const title = set.simulated ? 'Simulated stamps' : 'Real stamps';
  const truth = set.against === null ? '' : `; truth: ${set.against}`;
  const groups = nGroups === null ? '' : ` of ${plural(nGroups, 'group')}`;
  const trained = models.filter(({ folder }) => folder !== null);
  return [
    {
      id,
      title,
      aside: `${block.n.toLocaleString('en')} stamps of ${set.name}${groups}${truth}; 95 % intervals`,
      body: modelTable(block),
    },
    {
      id: `${id}-figures`,
      title: `${title}: figures with intervals`,
      body: html`<div class="plots">
        ${['auc', 'balancedAccuracy'].map((key) =>
          figure(
            forestPlot({
              rows: trained.map(({ name, metrics }) => ({ name, interval: metrics![key] })),
              label: figureNames[key],
            }),
            figureNames[key],
            `${head(block)}. Intervals may overlap and the models still differ: see the differences.`,
            true,
          ),
        )}
      </div>`,
    },
    ...(curves.length === 0
      ? []
      : [
          {
            id: `${id}-roc`,
            title: `${title}: ROC curves`,
            body: figure(
              rocComparisonPlot({
                series: curves,
                positive: `stamps of ${classes[1]}`,
                negative: `of ${classes[0]}`,
                width: 760,
                height: 420,
              }),
              'ROC',
              `${head(block)}. Dashed grey: chance. The left edge stands for 0.01 % and below.`,
              true,
            ),
          },
        ]),
    ...(reference === null || models.every(({ differences }) => differences === null)
      ? []
      : [
          {
            id: `${id}-differences`,
            title: `${title}: differences to ${reference}`,
            aside: 'same resamples, 95 % intervals',
            body: differenceTable(block),
          },
        ]),
    ...block.labelNoise.map((curve, k) => ({
      id: `${id}-label-noise-${k + 1}`,
      title: `${title}: wrong training labels`,
      aside: head(block),
      body: labelNoise(curve),
    })),
  ];
}

/** Each metric of ours beside the paper's. */
function modelTable(block: StampBlock): Html {
  const { models } = block;
  const named = new Set(models.flatMap(({ paper }) => Object.keys(paper?.figures ?? {})));
  const columns = [...always, ...[...named].filter((key) => !always.includes(key))].filter(
    (key) => named.has(key) || models.some(({ metrics }) => metrics?.[key] !== undefined),
  );
  const sources = [...new Set(models.flatMap(({ paper }) => (paper === null ? [] : [paper.title])))];
  const mark = (paper: ComparedStampModel['paper']) =>
    paper === null || sources.length < 2 ? '' : html` <sup>${sources.indexOf(paper.title) + 1}</sup>`;
  const row = ({ name, folder, metrics, paper }: ComparedStampModel) =>
    html`<tr${folder === null && metrics !== null ? html` class="baseline"` : ''}>
      <td>${name}${mark(paper)}</td>
      ${columns.map(
        (key) =>
          html`<td class="num">${cell(metrics?.[key])}</td>
            ${named.has(key) ? html`<td class="num">${formatNumber(paper?.figures[key])}</td>` : ''}`,
      )}
    </tr>`;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th rowspan="2">Model</th>
            ${columns.map((key) => html`<th class="num" colspan="${named.has(key) ? 2 : 1}">${figureNames[key] ?? key}</th>`)}
          </tr>
          <tr>
            ${columns.map(
              (key) =>
                html`<th class="num"><small>${head(block)}</small></th>
                  ${named.has(key) ? html`<th class="num"><small>paper, its own real data</small></th>` : ''}`,
            )}
          </tr>
        </thead>
        <tbody>
          ${models.map(row)}
        </tbody>
      </table>
    </div>
    ${
      sources.length === 0
        ? ''
        : html`<p class="muted">
            The paper’s figures are of the paper’s real data, ours of what the head says: they stand here for
            the order of the methods, not to be compared number by number. Source:
            ${sources.map((title, k) => html`${sources.length < 2 ? '' : html`<sup>${k + 1}</sup> `}${title}. `)}
          </p>`
    }`;
}

function cell(interval: Interval | undefined): Html {
  if (interval === undefined) return html`–`;
  return interval.value === null
    ? html`<span class="muted" title="${interval.reason}">n/a</span>`
    : withRange(formatNumber(interval.value), formatNumber(interval.low), formatNumber(interval.high));
}

/** A number over its interval: columns stay narrow. */
function withRange(value: string, low: string, high: string): Html {
  return html`<b>${value}</b><br /><small>${low} to ${high}</small>`;
}

function differenceTable({ models, reference }: StampBlock): Html {
  const columns = always.filter((key) => models.some(({ differences }) => differences?.[key] !== undefined));
  const own = models.filter(({ name, folder }) => folder !== null && name !== reference);
  const difference = ({ differences, undifferenced }: ComparedStampModel, key: string): Html => {
    const found = differences?.[key];
    if (found === undefined) return html`<span class="muted" title="${undifferenced ?? ''}">–</span>`;
    const { difference: d } = found;
    return d.value === null
      ? html`<span class="muted" title="${d.reason}">n/a</span>`
      : withRange(formatSigned(d.value, 3), formatSigned(d.low, 3), formatSigned(d.high, 3));
  };
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Model</th>
            ${columns.map((key) => html`<th class="num">${figureNames[key] ?? key}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${own.map(
            (model) =>
              html`<tr>
                <td>${model.name}</td>
                ${columns.map((key) => html`<td class="num">${difference(model, key)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="muted">
      Model less ${reference}, by the paired bootstrap: both on the same resamples of stamps, or of groups
      where there are groups. Each decides at its own threshold. Nothing is corrected for the number of
      models.
    </p>`;
}

function labelNoise({ points }: StampBlock['labelNoise'][number]): Html {
  const series = ['accuracy', 'auc'].map((key) => {
    const known = points.flatMap(({ wrong, metrics }) => {
      const interval = metrics[key];
      return interval.value === null ? [] : [{ x: 100 * wrong, ...interval }];
    });
    const values = (name: 'x' | 'value' | 'low' | 'high') => known.map((point) => point[name]);
    return {
      label: figureNames[key],
      curve: { x: values('x'), y: values('value'), low: values('low'), high: values('high') },
    };
  });
  const named = points.map(({ name, wrong }) => `${name} (${formatNumber(100 * wrong, 1)} %)`);
  return figure(
    learningCurvePlot({
      series,
      xLabel: 'training labels that are wrong, %',
      yLabel: 'on stamps with right labels',
      width: 640,
    }),
    'What wrong labels cost',
    `${named.join(', ')}. Shaded: 95 % intervals.`,
    true,
  );
}

function foreign(simulated: boolean): Html {
  return simulated
    ? html`<p class="muted">Ours: simulated stamps. The paper’s figures are of the paper’s real data.</p>`
    : html``;
}
