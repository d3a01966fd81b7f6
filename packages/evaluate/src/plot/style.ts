/**
 * One plain look for every figure: dark ink on nothing (the page's own background), thin grey grid, colours of Okabe and
 * Ito (2008), which people with any colour blindness tell apart and which differ in lightness when printed grey.
 */
export const plotStyle = {
  ink: '#1f2933',
  muted: '#6b7785',
  grid: '#e3e7eb',
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#009e73',
  orange: '#e69f00',
  purple: '#aa4499',
  sky: '#56b4e9',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif',
  fontSize: 12,
} as const;

/** Colours of several series in one figure, in this order. */
export const seriesColors: readonly string[] = [
  plotStyle.blue,
  plotStyle.vermilion,
  plotStyle.green,
  plotStyle.orange,
  plotStyle.purple,
  plotStyle.sky,
  plotStyle.ink,
];
