/** One measured number of a source. */
export interface FeatureColumn {
  readonly name: string;
  readonly unit?: string;
  readonly description: string;
}

const perBand: readonly FeatureColumn[] = [
  {
    name: 'mag_auto',
    unit: 'mag',
    description: "magnitude within 2.5 Kron radii (source-extractor's MAG_AUTO)",
  },
  { name: 'magerr_auto', unit: 'mag', description: 'its error from the noise of the sky' },
  {
    name: 'mag_aper',
    unit: 'mag',
    description: 'magnitude within a circle around the centroid (--aperture)',
  },
  { name: 'mu_0', unit: 'mag/arcsec²', description: 'surface brightness of the nine pixels at the centroid' },
  {
    name: 'mu_mean',
    unit: 'mag/arcsec²',
    description: 'mean surface brightness within flux_radius, by the mag_auto of the band',
  },
  {
    name: 'sersic_mu_eff',
    unit: 'mag/arcsec²',
    description: 'mean surface brightness of the fitted profile within sersic_r_eff',
  },
];

const ofAllBands: readonly FeatureColumn[] = [
  { name: 'offset', unit: 'arcsec', description: 'distance of the centroid from the middle of the cut-out' },
  { name: 'area', unit: 'arcsec²', description: 'area above the threshold' },
  { name: 'a', unit: 'arcsec', description: 'rms of the light above the threshold along the major axis' },
  { name: 'b', unit: 'arcsec', description: 'the same along the minor axis' },
  { name: 'ellipticity', description: '1 − b/a' },
  {
    name: 'theta',
    unit: 'deg',
    description: 'direction of the major axis from that of rows towards that of columns, −90 to 90',
  },
  { name: 'kron_radius', description: 'first moment of the light along the major axis, in units of a' },
  { name: 'flux_radius', unit: 'arcsec', description: 'radius of the circle that holds half the light' },
  {
    name: 'concentration',
    description: '5 log₁₀ of the ratio of the radii that hold 80 % and 20 % of the light',
  },
  { name: 'snr', description: 'light within 2.5 Kron radii over its noise' },
  { name: 'spread', description: 'how much the core is wider than a star; 0 for a star (--fwhm)' },
  { name: 'sersic_n', description: 'index of the fitted Sérsic profile, 0.3 to 6' },
  {
    name: 'sersic_r_eff',
    unit: 'arcsec',
    description: 'half-light radius of the profile along the major axis',
  },
  {
    name: 'sersic_chi2',
    description: 'mean squared deviation of the rings from the profile over their errors',
  },
];

/**
 * All features for these bands, in their order in a table: of all bands together, those of each band (`mag_auto_g`), and colours of neighbouring bands and of
 * the outer two (`g_r`, `r_z`, `g_z`).
 */
export function featureColumns(bands: readonly string[]): FeatureColumn[] {
  const ofBand = bands.flatMap((band) =>
    perBand.map((column) => ({
      ...column,
      name: `${column.name}_${band}`,
      description: `${column.description}; ${band}`,
    })),
  );
  const colours = colourPairs(bands).map(([i, j]) => ({
    name: `${bands[i]}_${bands[j]}`,
    unit: 'mag',
    description: `colour ${bands[i]} − ${bands[j]}, of mag_auto`,
  }));
  return [...ofAllBands, ...ofBand, ...colours];
}

/** Pairs of bands whose colours are given, by their numbers. */
export function colourPairs(bands: readonly string[]): [number, number][] {
  const pairs = bands.slice(1).map((_, i): [number, number] => [i, i + 1]);
  return bands.length > 2 ? [...pairs, [0, bands.length - 1]] : pairs;
}
