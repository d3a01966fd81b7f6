import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import {
  coverageAccuracyPlot,
  detPlot,
  intervalBarsPlot,
  learningCurvePlot,
  precisionRecallPlot,
  recallBySnrPlot,
  reliabilityPlot,
  rocPlot,
  scoreHistogramPlot,
} from '../src/index.ts';
import type { Interval } from '../src/index.ts';

const half: Interval = { value: 0.5, low: 0.4, high: 0.6 };
const none: Interval = { value: null, reason: 'no positive example' };
const curve = {
  x: [0, 0.01, 0.5, 1],
  y: [0.2, 0.5, 0.9, 1],
  low: [0.1, 0.4, 0.8, 1],
  high: [0.3, 0.6, 1, 1],
};

const plots: Record<string, string> = {
  roc: rocPlot({ curve, points: [{ x: 0, y: 0.4, label: 'a < b' }] }),
  'roc, linear': rocPlot({ curve, scale: 'linear' }),
  'roc, empty': rocPlot({ curve: { x: [], y: [] } }),
  det: detPlot({ fpr: [0, 0.1, 1], fnr: [1, 0.2, 0], thresholds: [Infinity, 0.5, 0], threshold: 0.4 }),
  'precision and recall': precisionRecallPlot({ curve, prior: 0.3 }),
  reliability: reliabilityPlot({
    bins: [
      { meanProbability: 0.1, observed: half, n: 12 },
      { meanProbability: 0.9, observed: none, n: 0 },
    ],
  }),
  histogram: scoreHistogramPlot({
    edges: [0, 0.5, 1],
    negative: [1000, 0],
    positive: [0, 3],
    threshold: 0.8,
  }),
  'recall by signal-to-noise': recallBySnrPlot({
    classes: [
      { name: 'Ghost', bins: [{ low: 1, high: 5, n: 3, recall: half }] },
      { name: 'Haze', bins: [{ low: 1, high: 5, n: 0, recall: none }] },
    ],
    minimumSnr: 5,
  }),
  'recall by signal-to-noise, no class': recallBySnrPlot({ classes: [] }),
  bars: intervalBarsPlot({
    rows: [
      { name: 'Ghost', interval: half },
      { name: 'Haze', interval: none },
    ],
    label: 'recall',
    percent: true,
  }),
  'coverage and accuracy': coverageAccuracyPlot({ curve }),
  'learning curve': learningCurvePlot({
    series: [{ label: 'training', curve }],
    xLabel: 'epoch',
    yLabel: 'loss',
  }),
};

describe.each(Object.entries(plots))('%s', (_, svg) => {
  test('is one described SVG with finite numbers and no request', () => {
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg).toMatch(/role="img"/);
    expect(svg).toMatch(/aria-label="[^"]{5,}"/);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.replace(/ xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:|url\((?!#)/);
    expect(parseHTML(`<body>${svg}</body>`).document.querySelectorAll('svg')).toHaveLength(1);
  });
});

test('labels are text, rates are not rounded away', () => {
  expect(plots['roc']).toContain('a &lt; b');
  expect(plots['roc']).toContain('0.01 %');
});

test('an undefined bar says n/a, an undefined class has no panel', () => {
  expect(plots['bars']).toContain('n/a');
  expect(plots['recall by signal-to-noise']).not.toContain('Haze');
});
