/**
 * The classes of the shipped CCD model, `blemish-ccd`: the 26 classes of the DES Exposure Checker that have a cause (Melchior et al.
 * 2016, Astronomy and Computing 16, 99), and three it lacks. One record per class; column names, mask planes, colours, docs and
 * pages derive from it.
 */
export interface ArtifactClass {
  readonly name: string;
  readonly group: string;
  /** Code of the DES Exposure Checker; null for a class it does not have. */
  readonly code: number | null;
  /** Bit of the masks written by `scan`, 0…28. Fixed for ever: masks on disk depend on it. */
  readonly maskBit: number;
  readonly colour: string;
  /** How far it reaches: decides how a mask is grown and whether overlap can be scored. */
  readonly extent: 'ccd' | 'region' | 'line' | 'column' | 'pixel';
  /** Defined by what the pipeline's mask lacks (or has too much of): undefined for an image without a mask. */
  readonly needsMask: boolean;
  readonly description: string;
}

type Row = readonly [
  name: string,
  group: string,
  code: number | null,
  colour: string,
  extent: ArtifactClass['extent'],
  needsMask: boolean,
  description: string,
];

// The order is the order of mask bits: append, never insert.
const rows: readonly Row[] = [
  [
    'Column mask',
    'Masking',
    51,
    '#8c6d31',
    'column',
    true,
    'a hot pixel leaking into the rows read after it, its mask missing or short',
  ],
  [
    'Cosmic ray',
    'Masking',
    54,
    '#e6ab02',
    'pixel',
    true,
    'a muon, worm or spot in the silicon that the pipeline left unmasked',
  ],
  [
    'Cross-talk',
    'Masking',
    55,
    '#a6761d',
    'region',
    false,
    "a faint copy of a bright source at its mirrored place in the CCD's other amplifier",
  ],
  [
    'Edge-bleed',
    'Masking',
    56,
    '#b15928',
    'region',
    true,
    'a very bright star flooding the serial register at the readout edge',
  ],
  [
    'Excessive mask',
    'Masking',
    53,
    '#bdbd22',
    'region',
    true,
    'normal pixels masked over a large part of the CCD',
  ],
  [
    'Dark rim',
    'Sky estimation',
    61,
    '#6a51a3',
    'region',
    false,
    'sky over-estimated at the edges of a crowded field',
  ],
  [
    'Dark halo',
    'Sky estimation',
    62,
    '#807dba',
    'region',
    false,
    'sky over-estimated around a bright star or galaxy',
  ],
  [
    'Quilted sky',
    'Sky estimation',
    63,
    '#9e9ac8',
    'ccd',
    false,
    'illumination normalised in blocks with sharp seams',
  ],
  ['Wavy sky', 'Sky estimation', 64, '#54278f', 'ccd', false, 'diagonal undulations over all CCDs'],
  [
    'Anti-bleed',
    'Sky estimation',
    65,
    '#bcbddc',
    'region',
    false,
    'a dark band along the serial direction from a bright star',
  ],
  ['A/B jump', 'Flat field', 21, '#1b9e77', 'ccd', false, 'the two amplifiers at different levels'],
  [
    'Fringing',
    'Flat field',
    22,
    '#66c2a5',
    'ccd',
    false,
    'interference of night-sky lines in the silicon, left in z and Y',
  ],
  ['Tape bump', 'Flat field', 23, '#41ae76', 'region', false, 'rings where tape holds the CCD'],
  ['Tree rings', 'Flat field', 24, '#238b45', 'ccd', false, 'arcs from the resistivity rings of the wafer'],
  [
    'Vertical jump',
    'Flat field',
    25,
    '#99d8c9',
    'ccd',
    false,
    'a step across rows near the middle of the CCD, on all CCDs',
  ],
  ['Vertical stripes', 'Flat field', 26, '#00441b', 'ccd', false, 'row-to-row grain'],
  [
    'Ghost',
    'Reflections',
    32,
    '#7570b3',
    'region',
    false,
    'a reflection of a bright star: a disc or ring with the shadow of the pupil',
  ],
  [
    'Bright spray',
    'Reflections',
    31,
    '#e7298a',
    'region',
    false,
    'a fan of rays from a star on the shutter wall',
  ],
  [
    'Brush strokes',
    'Reflections',
    33,
    '#f768a1',
    'region',
    false,
    'bundles of curved filaments of scattered light',
  ],
  ['Bright arc', 'Reflections', 34, '#dd3497', 'region', false, "a thin arc of light past the filter's edge"],
  ['Satellite', 'Tracks', 41, '#d95f02', 'line', false, 'the straight trail of a satellite'],
  ['Airplane', 'Tracks', 42, '#fc8d62', 'region', false, 'the wide defocused trail of an airplane'],
  [
    'Guiding',
    'Instrument/Site',
    11,
    '#1f78b4',
    'ccd',
    false,
    'every star trailed or doubled by the same drift',
  ],
  [
    'Shutter',
    'Instrument/Site',
    12,
    '#6baed6',
    'ccd',
    false,
    'bright stars trailed along columns by a shutter open during readout',
  ],
  ['Readout', 'Instrument/Site', 13, '#2171b5', 'ccd', false, 'patterned noise of the read-out electronics'],
  [
    'Haze',
    'Instrument/Site',
    14,
    '#9ecae1',
    'ccd',
    false,
    'wide halos on every bright star from cirrus or dew',
  ],
  [
    'Bad column',
    'Additions',
    null,
    '#666666',
    'column',
    true,
    'a column or part of one, hot or dead, that the pipeline left unmasked',
  ],
  [
    'Bleed trail',
    'Additions',
    null,
    '#e31a1c',
    'column',
    true,
    'charge of a saturated star spilled along its column, unmasked or masked too short',
  ],
  ['Out of focus', 'Additions', null, '#08519c', 'ccd', false, 'every star a ring: the image of the pupil'],
];

export const blemishCcd: readonly ArtifactClass[] = rows.map(
  ([name, group, code, colour, extent, needsMask, description], maskBit) => ({
    name,
    group,
    code,
    maskBit,
    colour,
    extent,
    needsMask,
    description,
  }),
);

const byName = new Map(blemishCcd.map((record) => [record.name, record]));

/** @throws RangeError for a name that is not in the taxonomy, listing the known ones. */
export function artifactClass(name: string): ArtifactClass {
  const record = byName.get(name);
  if (record) return record;
  throw new RangeError(
    `unknown artifact class '${name}'; the classes of blemish-ccd are ${[...byName.keys()].join(', ')}`,
  );
}

/** Column of a class's probability: the lower-case name, every other character replaced by `_`, after `p_`. */
export function probabilityColumn(className: string): string {
  return `p_${className.toLowerCase().replace(/[^a-z0-9]/g, '_')}`;
}

/** Structures 1–3 px wide: their masks may be this many pixels off. */
const thinTolerance = 2;
const thin = new Set(['Bad column', 'Cosmic ray', 'Column mask']);

/** Pixels by which a class's mask may miss the truth and still overlap it; null where the class covers whole CCDs and overlap says nothing. */
export function overlapTolerance({ name, extent }: ArtifactClass): number | null {
  if (extent === 'ccd') return null;
  return thin.has(name) ? thinTolerance : 0;
}
