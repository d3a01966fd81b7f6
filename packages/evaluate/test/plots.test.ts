import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import {
  confusionPlot,
  coverageAccuracyPlot,
  detPlot,
  forestPlot,
  intervalBarsPlot,
  learningCurvePlot,
  precisionRecallPlot,
  recallBySnrPlot,
  rocComparisonPlot,
  reliabilityPlot,
  rocPlot,
  scoreHistogramPlot,
} from '../src/index.ts';
import type { Interval } from '../src/index.ts';
import { spreadLabels } from '../src/plot/spread-labels.ts';

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
  'roc, several': rocComparisonPlot({
    series: Array.from({ length: 9 }, (_, k) => ({ label: `m${k} < b`, curve: { x: curve.x, y: curve.y } })),
  }),
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
  'confusion, two classes': confusionPlot({
    confusion: [
      [1234, 5],
      [0, 0],
    ],
    classes: ['real', 'artifact'],
  }),
  'confusion, 29 classes': confusionPlot({
    confusion: Array.from({ length: 29 }, (_, t) => Array.from({ length: 29 }, (__, d) => (t * d) % 7)),
    classes: Array.from({ length: 29 }, (_, c) => `Class <${c}>`),
  }),
  'binary by true class': confusionPlot({
    confusion: [
      [3, 1],
      [1, 2],
      [0, 5],
    ],
    classes: ['clean', 'Ghost', 'Haze'],
    decisions: ['clean', 'artifact'],
  }),
  forest: forestPlot({
    rows: [
      { name: 'boosting', interval: half },
      { name: 'majority', interval: none },
    ],
    label: 'ROC AUC',
    reference: { value: 0.55, label: 'paper' },
  }),
  'forest, nothing defined': forestPlot({ rows: [{ name: 'majority', interval: none }], label: 'ROC AUC' }),
  'training-set size': learningCurvePlot({
    series: [{ label: 'boosting', curve: { x: [100, 1000, 10000], y: [0.8, 0.9, 0.95] } }],
    xLabel: 'training rows',
    yLabel: 'AUC',
    xScale: 'log',
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

test('a confusion matrix writes its counts, names and the share that is right', () => {
  const svg = plots['confusion, two classes'];
  expect(svg).toContain('1,234');
  expect(svg).toContain('real 99.6 % right');
  expect((plots['confusion, 29 classes'].match(/Class &lt;7&gt;/g) ?? []).length).toBeGreaterThanOrEqual(2);
  expect(() => confusionPlot({ confusion: [[1]], classes: ['a', 'b'] })).toThrow(/1 rows for 2 classes/);
  expect(() => confusionPlot({ confusion: [[1], [1, 2]], classes: ['a', 'b'] })).toThrow(
    /row a has 1 counts/,
  );
});

test('a forest plot writes numbers, the reference, and why there is none', () => {
  expect(plots['forest']).toContain('0.500 (0.400–0.600)');
  expect(plots['forest']).toContain('no positive example');
  expect(plots['forest']).toContain('>paper<');
});

test('classes are called what the caller calls them', () => {
  const wording = { positive: 'bogus alerts', negative: 'real alerts' };
  expect(rocPlot({ curve, ...wording })).toContain('real alerts flagged');
  expect(detPlot({ fpr: [0, 1], fnr: [1, 0], thresholds: [1, 0], ...wording })).toContain(
    'bogus alerts missed',
  );
});

test('labels that would overlap move apart, no farther than they must, and keep their order', () => {
  expect(spreadLabels([100, 20, 101, 60], 14)).toEqual([93.5, 20, 107.5, 60]);
  expect(spreadLabels([5, 5, 5], 10)).toEqual([-5, 5, 15]);
});
