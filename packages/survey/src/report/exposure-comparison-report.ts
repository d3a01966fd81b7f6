import { forestPlot, learningCurvePlot } from '@blemish/evaluate';
import { sha256 } from '../bundle.ts';
import type { ExposureRecipe } from '../exposure-recipe.ts';
import { comparedFigures } from '../exposure-models/exposure-comparison.ts';
import type { ComparedFigure, ExposureComparison } from '../exposure-models/exposure-comparison.ts';
import type { ExposureSet } from '../exposure-models/exposure-set.ts';
import { meanSpread } from '../learning/mean-spread.ts';
import type { RecipeFile } from '../recipe.ts';
import { version } from '../version.ts';
import { formatInterval, formatNumber, formatPercent } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

interface ComparisonOrigin {
  readonly command: string;
  readonly recipes: readonly RecipeFile<ExposureRecipe>[];
  readonly sets: readonly ExposureSet[];
  readonly generatedAt: string;
}

/** Recipes for exposures beside one another as one self-contained HTML page; its numbers are those of `comparison.json`. */
export function renderExposureComparison(comparison: ExposureComparison, origin: ComparisonOrigin): string {
  const { about, measuredOn, level, models, interrupted } = comparison;
  return renderPage({
    title: 'Bad exposures from few labels',
    subtitle: html`Measured on ${measuredOn} · ${origin.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${about === null ? '' : html`<p class="banner">${about}</p>`}
    ${interrupted ? html`<p class="banner">Interrupted: ${models.length} recipes were done.</p>` : ''}`,
    sections: [
      {
        id: 'figures',
        title: `${labelsText(level)} of each category`,
        aside: 'means over draws of the labels, 95 % intervals over the test exposures',
        body: figureTable(comparison),
      },
      { id: 'labels', title: 'Label efficiency', body: curves(comparison) },
      {
        id: 'differences',
        title: 'Differences',
        aside: 'of all pairs, first minus second, on the same exposures',
        body: differences(comparison),
      },
      provenanceSection([
        ['Command', origin.command],
        ...origin.recipes.map(({ path, text }) => ['Recipe', `${path} (SHA-256 ${sha256(text)})`] as const),
        ...origin.sets.map(
          ({ name, sha256: hash, exposures }) =>
            ['Data', `${name}, ${exposures.length} exposures, SHA-256 ${hash}`] as const,
        ),
        ['Blemish', version],
        ['Node', process.versions.node],
      ]),
    ],
    footer: html`Written by Blemish; the same numbers are in comparison.json. This page is complete in itself:
    it loads nothing from the network.`,
  });
}

const titles: Readonly<Record<ComparedFigure, string>> = {
  accuracy: 'Accuracy',
  f1: 'Macro F1',
  coverage: 'Coverage',
};

function labelsText(level: ExposureComparison['level']): string {
  return level === 'all' ? 'All labels' : `${level} labelled exposures`;
}

function figureTable({ models, paper, level, accuracy, majority }: ExposureComparison): Html {
  const reviewOf = (model: ExposureComparison['models'][number], of: 'good' | 'bad') =>
    meanSpread(model.levels.filter((each) => each.level === level).map(({ review }) => review?.[of] ?? null))
      ?.mean;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Recipe</th>
            ${comparedFigures.map((name) => html`<th>${titles[name]}</th>`)}
            <th class="num">Bad listed</th>
            <th class="num">Good listed</th>
          </tr>
        </thead>
        <tbody>
          ${models.map(
            (model) =>
              html`<tr>
                <td>${model.name}</td>
                ${comparedFigures.map((name) => html`<td>${formatInterval(model.figures[name])}</td>`)}
                <td class="num">${formatNumber(reviewOf(model, 'bad'))}</td>
                <td class="num">${formatNumber(reviewOf(model, 'good'))}</td>
              </tr>`,
          )}
          ${
            paper === null || paper === undefined
              ? ''
              : html`<tr>
                  <td>${paper.title}</td>
                  ${comparedFigures.map((name) => html`<td>${formatNumber(paper.figures[name])}</td>`)}
                  <td class="num">–</td>
                  <td class="num">–</td>
                </tr>`
          }
        </tbody>
      </table>
    </div>
    <p class="muted">
      Accuracy and F1 of exposures with one reason, all decided. Coverage: largest share of them, the surest
      first, that is right in ${formatPercent(accuracy)}. Always the commonest category:
      ${formatPercent(majority)}. Listed: shares of the bad and of the good ones on the review list. Published
      figures are of other data: they stand here for orientation.
    </p>`;
}

function curves({ models }: ExposureComparison): Html {
  const plot = (name: ComparedFigure) =>
    figure(
      learningCurvePlot({
        series: models.map((model) => ({ label: model.name, curve: curveOf(model, name) })),
        xLabel: 'labelled exposures',
        yLabel: titles[name],
        xScale: 'log',
        width: 720,
        height: 420,
      }),
      `${titles[name]} against the number of labelled exposures`,
      'Means over the draws; bands from the worst to the best draw.',
      true,
    );
  return html`${plot('accuracy')} ${plot('f1')} ${plot('coverage')}`;
}

function curveOf({ levels }: ExposureComparison['models'][number], name: ComparedFigure) {
  const points = [...new Set(levels.map(({ level }) => level))]
    .map((level) => {
      const own = levels.filter((each) => each.level === level);
      const values = own.map((each) => each[name] ?? NaN);
      return {
        x: own.reduce((sum, { exposures }) => sum + exposures, 0) / own.length,
        y: values.reduce((sum, value) => sum + value, 0) / values.length,
        low: Math.min(...values),
        high: Math.max(...values),
      };
    })
    .filter(({ y }) => !Number.isNaN(y))
    .sort((a, b) => a.x - b.x);
  return {
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    low: points.map(({ low }) => low),
    high: points.map(({ high }) => high),
  };
}

function differences({ differences: all, models }: ExposureComparison): Html {
  if (all.length === 0) return html`<p>One recipe only.</p>`;
  const first = all.filter(({ of }) => of[0] === models[0].name);
  return html`${figure(
      forestPlot({
        rows: first.map(({ of, figures }) => ({ name: of[1], interval: figures.accuracy })),
        label: `accuracy of ${models[0].name} minus that of the other`,
        reference: { value: 0, label: 'equal' },
      }),
      `${models[0].name} against the others`,
      'Paired: both are measured on the same resamples of the test exposures.',
      true,
    )}
    <div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Pair</th>
            ${comparedFigures.map((name) => html`<th>${titles[name]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${all.map(
            ({ of, figures }) =>
              html`<tr>
                <td>${of[0]} − ${of[1]}</td>
                ${comparedFigures.map((name) => html`<td>${formatInterval(figures[name])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
