import type { AlertFacts } from '../alerts/index.ts';
import type { Column, Row } from '../tables/index.ts';

/** What a table of scores has more where alerts are among the inputs; all null for other stamps. */
export const alertColumns: readonly Column[] = [
  {
    name: 'candid',
    type: 'string',
    description: "the alert's number, as text: up to 19 digits (Rubin: diaSourceId)",
    ucd: 'meta.id;meta.main',
  },
  { name: 'object_id', type: 'string', description: 'the object (Rubin: diaObjectId)', ucd: 'meta.id' },
  { name: 'ra', type: 'double', unit: 'deg', description: 'right ascension', ucd: 'pos.eq.ra;meta.main' },
  { name: 'dec', type: 'double', unit: 'deg', description: 'declination', ucd: 'pos.eq.dec;meta.main' },
  {
    name: 'mjd',
    type: 'double',
    unit: 'd',
    description: 'modified Julian date as the alert has it (ZTF: start, UTC; Rubin: midpoint, TAI)',
    ucd: 'time.epoch',
  },
  {
    name: 'survey_score',
    type: 'double',
    description: "the survey's own real/bogus score (ZTF: drb; Rubin: reliability)",
    ucd: 'stat.probability',
  },
];

export function alertRow(facts: AlertFacts | null): Row {
  return {
    candid: facts?.candid ?? null,
    object_id: facts?.objectId ?? null,
    ra: facts?.ra ?? null,
    dec: facts?.dec ?? null,
    mjd: facts?.mjd ?? null,
    survey_score: facts?.surveyScore ?? null,
  };
}
