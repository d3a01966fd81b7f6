import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { plotStyle } from './style.ts';

export interface FigureSize {
  /** Pixels; the SVG scales down with its container. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Draws a plot without a browser: an SVG string with `role="img"` and the description a screen reader reads out.
 * Coordinates are rounded to a tenth of a pixel, which halves the size of a report.
 */
export function renderPlot(options: Plot.PlotOptions, description: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const figure = Plot.plot({
    ...options,
    document: document,
    style: {
      fontFamily: plotStyle.fontFamily,
      fontSize: `${plotStyle.fontSize}px`,
      color: plotStyle.ink,
      background: 'none',
      overflow: 'visible',
      ...(options.style as object | undefined),
    },
  });
  const svg = figure.tagName.toLowerCase() === 'svg' ? figure : figure.querySelector('svg')!;
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', description);
  // Attributes only: texts such as 0.01 % stay as they are.
  return svg.outerHTML.replace(/="[^"]*"/g, (attribute) => attribute.replace(/(\d\.\d)\d+/g, '$1'));
}

/** What the two classes of a yes/no question are called in axis titles. */
export interface Wording {
  /** `bad images` by default; artifacts, bogus alerts … */
  readonly positive?: string | undefined;
  /** `good images` by default. */
  readonly negative?: string | undefined;
}

/** A light grid under the data; on a logarithmic axis lines at whole decades alone. */
export function gridMarks(
  logX?: readonly [number, number],
  logY?: readonly [number, number],
): Plot.Markish[] {
  const grid = { stroke: plotStyle.grid, strokeOpacity: 1 };
  return [
    logX === undefined ? Plot.gridX(grid) : Plot.gridX(decades(...logX), grid),
    logY === undefined ? Plot.gridY(grid) : Plot.gridY(decades(...logY), grid),
  ];
}

/** 0.001, 0.01, 0.1 … within a range. */
export function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
}

/** Rates written as a scientist reads them: 0.1 %, 5 %, 100 %. */
export function formatPercent(rate: number): string {
  return `${Number((100 * rate).toPrecision(3))} %`;
}
