import type { ThresholdChoice } from '@blemish/evaluate';
import { formatInterval, formatNumber, formatPercent } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { nameValueList } from './page.ts';

/** The threshold's error rates with intervals, and how it was chosen. */
export function thresholdSection(threshold: ThresholdChoice, trainedOn: string): Html {
  const { confidence, prior, ccdsPerExposure, nPositive, nNegative, nGroups, smallestResolvableFpr } =
    threshold;
  const from = nGroups === null ? '' : ` of ${nGroups.toLocaleString('en')} exposures`;
  const rates = nameValueList([
    ['Threshold', html`<b>${threshold.threshold.toPrecision(4)}</b>`],
    ['Good images flagged', formatInterval(threshold.fpr, 'percent')],
    ['Bad images missed', formatInterval(threshold.fnr, 'percent')],
    [`False CCDs per ${ccdsPerExposure}-CCD exposure`, formatInterval(threshold.falsePerExposure)],
    [`Flagged that are bad, if ${formatPercent(prior)} are`, formatInterval(threshold.precision, 'percent')],
    [
      'Measured on',
      `${nNegative.toLocaleString('en')} good and ${nPositive.toLocaleString('en')} bad validation images${from}`,
    ],
  ]);
  const warning = html`<p class="banner">
    The validation images (${nNegative.toLocaleString('en')} good ones) resolve false-positive rates down to
    ${formatPercent(smallestResolvableFpr)}; the wanted rate lies below. Trust the upper ends.
  </p>`;
  return html`${threshold.resolved ? '' : warning}
    <div class="columns">
      <div>
        <p>${threshold.sentence}</p>
        <p class="muted">
          In brackets: ${formatNumber(100 * confidence, 0)} % intervals. The rates hold for images like those
          the model was validated on (${trainedOn}); on another camera or site, check them with labels of your
          own.
        </p>
      </div>
      <div>${rates}</div>
    </div>`;
}
