import * as Plot from '@observablehq/plot';
import { formatPercent, renderPlot } from './render.ts';
import type { FigureSize } from './render.ts';
import { plotStyle } from './style.ts';

export interface ConfusionPlotData extends FigureSize {
  /** [true class][decided class] counts, K × K, or K × M where decisions have other names (paper 000's binary by true class). */
  readonly confusion: readonly ArrayLike<number>[];
  /** Names of the rows. */
  readonly classes: readonly string[];
  /** Names of the columns (the rows' names). */
  readonly decisions?: readonly string[];
}

/** From this many columns on names are tilted, and cells hold a number only where there is something to say. */
const crowded = 9;

/**
 * Confusion matrix: each row is shaded by shares of its true class, since classes differ in size by orders of magnitude; the
 * number in a cell is the count, the number of the row stands at its end. Two to about thirty classes. A class without
 * examples has an empty row.
 * @throws RangeError where rows and names do not match.
 */
export function confusionPlot({
  confusion,
  classes,
  decisions = classes,
  width,
  height,
}: ConfusionPlotData): string {
  if (confusion.length !== classes.length) {
    throw new RangeError(`${confusion.length} rows for ${classes.length} classes: give one row a class`);
  }
  const many = decisions.length >= crowded;
  const cell = many ? 24 : 46;
  const cellHeight = many || classes.length >= crowded ? 24 : cell;
  const longestRow = Math.max(...classes.map((name) => name.length));
  const longestColumn = Math.max(...decisions.map((name) => name.length));
  // Upright names stand in the width of a cell; longer ones are tilted.
  const tilted = many || longestColumn * 6.6 > cell + 26;
  const cellWidth = tilted ? cell : Math.max(cell, longestColumn * 6.8 + 8);
  const marginLeft = 40 + 6.6 * longestRow;
  const marginTop = tilted ? 36 + 5 * longestColumn : 52;
  const marginRight = tilted ? 52 + Math.max(0, 4.6 * longestColumn - 52) : 52;
  const cells = confusion.flatMap((row, t) => {
    if (row.length !== decisions.length) {
      throw new RangeError(
        `row ${classes[t]} has ${row.length} counts for ${decisions.length} decisions: give one a decision`,
      );
    }
    const total = Array.from(row).reduce((sum, count) => sum + count, 0);
    return Array.from(row, (count, d) => ({
      truth: t,
      decided: d,
      count,
      share: total > 0 ? count / total : 0,
      right: decisions[d] === classes[t],
    }));
  });
  const totals = confusion.map((row, t) => ({
    truth: t,
    total: Array.from(row).reduce((sum, count) => sum + count, 0),
  }));
  const axis = (names: readonly string[]) => ({
    domain: [...names.keys()],
    label: null,
    tickSize: 0,
    tickFormat: (i: number) => names[i],
    padding: 0.04,
  });
  return renderPlot(
    {
      width: width ?? Math.ceil(marginLeft + marginRight + cellWidth * decisions.length),
      height: height ?? Math.ceil(marginTop + 12 + cellHeight * classes.length),
      marginLeft,
      marginRight,
      marginTop,
      marginBottom: 12,
      x: { ...axis(decisions), axis: null },
      y: axis(classes),
      color: { type: 'linear', domain: [0, 1], range: ['#f2f5f8', '#08306b'], interpolate: 'lab' },
      marks: [
        Plot.axisX({
          anchor: 'top',
          tickSize: 0,
          label: null,
          tickFormat: (i: number) => decisions[i],
          ...(tilted ? { tickRotate: -45, textAnchor: 'start' as const } : {}),
        }),
        Plot.cell(cells, { x: 'decided', y: 'truth', fill: 'share', inset: 0 }),
        Plot.cell(
          cells.filter(({ right }) => right),
          { x: 'decided', y: 'truth', stroke: plotStyle.orange, strokeWidth: many ? 1 : 1.5, fill: 'none' },
        ),
        Plot.text(
          cells.filter(({ count }) => count > 0 || !many),
          {
            x: 'decided',
            y: 'truth',
            text: ({ count }: { count: number }) => count.toLocaleString('en'),
            fill: ({ share }: { share: number }) => (share > 0.5 ? 'white' : plotStyle.ink),
            fontSize: many ? 8.5 : 12,
          },
        ),
        Plot.text(totals, {
          y: 'truth',
          frameAnchor: 'right',
          text: ({ total }: { total: number }) => total.toLocaleString('en'),
          textAnchor: 'start',
          dx: 8,
          fontSize: many ? 10 : 12,
          fill: plotStyle.muted,
        }),
        Plot.text(['decided'], { frameAnchor: 'top', dy: 12 - marginTop, fill: plotStyle.muted }),
        Plot.text(['true class'], {
          frameAnchor: 'left',
          rotate: -90,
          dx: 14 - marginLeft,
          textAnchor: 'middle',
          fill: plotStyle.muted,
        }),
      ],
    },
    `Confusion matrix of ${classes.length} classes: ${classes
      .map((name, t) => {
        const own = cells.find(({ truth, right }) => truth === t && right);
        return own === undefined ? name : `${name} ${formatPercent(own.share)} right`;
      })
      .join(', ')}`,
  );
}
