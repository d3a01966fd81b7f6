import { intervalBarsPlot } from '@blemish/evaluate';
import type { ClassificationMetrics } from '@blemish/evaluate';
import type { TagFigure } from '../learning/tag-figures.ts';
import { formatInterval, formatPercent } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure } from './page.ts';
import type { Section } from './page.ts';

/**
 * What becomes of each kind of object and of artifact at the threshold: false alarms first, the worst kind at the top, for those are real
 * events that a user loses; then recall, the worst at the top.
 * @param figures of at least one word
 */
export function tagSection(
  figures: readonly TagFigure[],
  { classes, metrics, confidence }: ClassificationMetrics,
): Section {
  const [negative, positive] = classes;
  const alarms = figures.filter((figure) => figure.class === negative).sort((a, b) => share(b) - share(a));
  const found = figures.filter((figure) => figure.class === positive).sort((a, b) => share(a) - share(b));
  const { fpr, recall } = metrics;
  const worse = alarms.filter(({ flagged }) => flagged.value !== null && flagged.low > (fpr.value ?? 1));
  const missed = found.filter(({ flagged }) => flagged.value !== null && flagged.high < (recall.value ?? 0));
  const list = (words: readonly TagFigure[]) =>
    words.map(
      ({ tag, n, flagged }, i) =>
        html`${i === 0 ? '' : '; '}<b>${tag}</b> ${formatInterval(flagged, 'percent')} of ${n}`,
    );
  return {
    id: 'words',
    title: 'By word',
    aside: `share flagged, ${100 * confidence} % intervals`,
    body: html`${
        alarms.length === 0
          ? ''
          : html`<p>
              Of ${negative} rows ${formatPercent(fpr.value)} are flagged.
              ${worse.length === 0 ? 'No word is flagged clearly more often.' : html`Clearly more often: ${list(worse)}.`}
            </p>`
      }
      ${
        found.length === 0
          ? ''
          : html`<p>
              Of ${positive} rows ${formatPercent(recall.value)} are found.
              ${missed.length === 0 ? 'No word is found clearly less often.' : html`Clearly less often: ${list(missed)}.`}
            </p>`
      }
      <div class="plots">
        ${wordsPlot(alarms, fpr.value, `False alarms: ${negative} rows by word`)}
        ${wordsPlot(found, recall.value, `Recall: ${positive} rows by word`)}
      </div>
      <p class="muted">
        At the threshold of this page, the worst first; in brackets the rows with the word, and a row may have
        several. Dashed: all rows of the class. "Clearly": the interval of the word alone leaves out the share
        of all; of forty words one does so by chance.
      </p>`,
  };
}

function share({ flagged }: TagFigure): number {
  return flagged.value ?? -1;
}

function wordsPlot(figures: readonly TagFigure[], reference: number | null, title: string): Html | string {
  if (figures.length === 0) return '';
  const plot = intervalBarsPlot({
    rows: figures.map(({ tag, n, flagged }) => ({ name: `${tag} (${n})`, interval: flagged })),
    label: 'share flagged',
    percent: true,
    width: 500,
    ...(reference === null ? {} : { reference }),
  });
  return figure(plot, title, '');
}
