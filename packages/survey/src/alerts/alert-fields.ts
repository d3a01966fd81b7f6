import type { AvroValue, Wanted } from './avro-values.ts';

/** What an alert says of itself, beside its cut-outs. Null where it does not. */
export interface AlertFacts {
  /** Number of the candidate, as text: it has up to 19 digits, more than a double holds. */
  readonly candid: string | null;
  readonly objectId: string | null;
  /** Degrees. */
  readonly ra: number | null;
  readonly dec: number | null;
  /** As the packet has it: ZTF's is JD (UTC, start) − 2400000.5, Rubin's the midpoint in TAI. */
  readonly mjd: number | null;
  /** The real/bogus score of the survey itself: ZTF's `drb`, Rubin's `reliability`. */
  readonly surveyScore: number | null;
}

/**
 * Where the facts stand, by telescope, the first that is there counts: ZTF and those that write its schema (PGIR, TURBO), WINTER, Rubin;
 * then flat tables.
 */
const places: Readonly<Record<keyof AlertFacts | 'jd' | 'schema', readonly (readonly string[])[]>> = {
  candid: [['candid'], ['candidate', 'candid'], ['diaSourceId'], ['diaSource', 'diaSourceId']],
  objectId: [['objectId'], ['objectid'], ['diaObject', 'diaObjectId'], ['diaSource', 'diaObjectId']],
  ra: [['candidate', 'ra'], ['diaSource', 'ra'], ['ra']],
  dec: [['candidate', 'dec'], ['diaSource', 'dec'], ['dec']],
  mjd: [['diaSource', 'midpointMjdTai'], ['mjd']],
  jd: [['candidate', 'jd'], ['jd']],
  surveyScore: [['candidate', 'drb'], ['diaSource', 'reliability'], ['drb'], ['reliability']],
  schema: [['schemavsn'], ['lsst_schema_version']],
};

/** Names of the three cut-outs: science, template (reference), difference. */
export const knownChannels: readonly (readonly string[])[] = [
  ['cutoutScience', 'cutoutTemplate', 'cutoutDifference'],
  ['cutout_science', 'cutout_template', 'cutout_difference'],
];

/** Names of the fields, from the outermost on, that facts and cut-outs of these names need. */
export function wantedFields(channels: readonly string[]): Wanted {
  const wanted = new Map<string, Wanted | true>(channels.map((name) => [name, true]));
  for (const [outer, inner] of Object.values(places).flat()) {
    if (inner === undefined) wanted.set(outer, true);
    else {
      const fields = wanted.get(outer) as Map<string, true> | undefined;
      wanted.set(outer, new Map([...(fields ?? []), [inner, true]]));
    }
  }
  return wanted;
}

/** Top-level names that the facts need, where all of a name is read or nothing. */
export const factFields: readonly string[] = [...wantedFields([]).keys()];

/** Facts of a decoded packet. */
export function factsOf(alert: AvroValue): AlertFacts {
  const jd = numberAt(alert, places.jd);
  return {
    candid: textAt(alert, places.candid),
    objectId: textAt(alert, places.objectId),
    ra: numberAt(alert, places.ra),
    dec: numberAt(alert, places.dec),
    mjd: numberAt(alert, places.mjd) ?? (jd === null ? null : jd - 2400000.5),
    surveyScore: numberAt(alert, places.surveyScore),
  };
}

/** Version of the packet's schema as it says it, or null. */
export function schemaVersion(alert: AvroValue): string | null {
  return textAt(alert, places.schema);
}

/** A field of a record; undefined where it has none of that name. */
export function fieldOf(value: AvroValue | undefined, name: string): AvroValue | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  return (value as Readonly<Record<string, AvroValue | undefined>>)[name];
}

function valueAt(alert: AvroValue, paths: readonly (readonly string[])[]): AvroValue {
  for (const path of paths) {
    const found = path.reduce<AvroValue | undefined>(fieldOf, alert);
    if (found !== undefined && found !== null) return found;
  }
  return null;
}

function textAt(alert: AvroValue, paths: readonly (readonly string[])[]): string | null {
  const value = valueAt(alert, paths);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : null;
}

function numberAt(alert: AvroValue, paths: readonly (readonly string[])[]): number | null {
  const value = valueAt(alert, paths);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
