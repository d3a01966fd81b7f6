import {
  agreementTable,
  bootstrapMany,
  cohenKappa,
  fleissKappa,
  krippendorffAlpha,
  observedAgreement,
  specificAgreement,
} from '@blemish/evaluate';
import type { Interval, Measure } from '@blemish/evaluate';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { machineAnalyst } from './exposure-label.ts';
import type { ExposureLabel } from './exposure-label.ts';

/** What must be said wherever figures of such a list stand. */
export const agreementCaveats: readonly string[] = [
  'The list holds only exposures that somebody, or the machine, called bad: good exposures on which all would agree are not in it.',
  'False also means "not inspected": who was shown nothing disagrees here with who was.',
  'Kappa is therefore biased by construction, and says nothing of how well the inspectors would agree on a night as it comes. An empty verdict is not counted as False.',
];

/** Two inspectors on the exposures that both have a verdict on. */
export interface InspectorPair {
  readonly first: string;
  readonly second: string;
  readonly n: number;
  readonly bothBad: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  readonly observed: Interval;
  readonly kappa: Interval;
  /** Agreement on bad, and on not bad. */
  readonly positive: Interval;
  readonly negative: Interval;
}

/** How many of some exposures were called bad by at least so many inspectors. */
export interface Confirmed {
  readonly atLeast: number;
  readonly n: number;
  readonly share: Interval;
}

export interface ReasonAgreement {
  /** The machine's; an exposure with several counts with each. */
  readonly reason: string;
  readonly n: number;
  /** Called bad by each inspector, in their order. */
  readonly bad: readonly number[];
  readonly confirmed: readonly Confirmed[];
}

export interface InspectorAgreement {
  /** Exposures with a verdict of anybody. */
  readonly n: number;
  readonly inspectors: readonly {
    readonly name: string;
    readonly bad: number;
    readonly notBad: number;
    readonly empty: number;
    /** Bad with words of their own. */
    readonly withWords: number;
  }[];
  readonly pairs: readonly InspectorPair[];
  /** Over exposures on which all have a verdict. */
  readonly fleissKappa: Interval;
  readonly judgedByAll: number;
  /** Over all, verdicts missing or not. */
  readonly krippendorffAlpha: Measure;
  readonly confirmed: readonly Confirmed[];
  readonly reasons: readonly ReasonAgreement[];
  /** What the bootstrap draws: nights where the names of the images tell them, else exposures. */
  readonly drawn: 'nights' | 'exposures';
  readonly units: number;
  readonly caveats: readonly string[];
  readonly notes: readonly string[];
}

/** The same of a file, as it is written and printed. */
export interface MeasuredAgreement extends InspectorAgreement {
  readonly list: string;
  readonly failed: readonly Failure[];
  readonly out: string | null;
}

/** One exposure: a verdict of each inspector, 1 bad, 0 not, null where there is none. */
interface Item {
  readonly exposure: string;
  readonly verdicts: (number | null)[];
  reasons: readonly string[];
  night: string | null;
}

/**
 * How far inspectors of a list of bad exposures agree, with intervals by drawing whole nights again: exposures of a night share its sky,
 * and were looked at one after the other.
 * @throws SurveyError LABELS_INVALID where fewer than two people gave verdicts
 */
export function inspectorAgreement(
  labels: readonly ExposureLabel[],
  path: string,
  options: { readonly samples?: number | undefined; readonly seed?: number | undefined } = {},
): InspectorAgreement {
  const people = labels.filter(({ analyst }) => analyst !== machineAnalyst && analyst !== '');
  const names = [...new Set(people.map(({ analyst }) => analyst))];
  const { items, twice } = itemsOf(labels, names);
  const judged = items.filter(({ verdicts }) => verdicts.some((verdict) => verdict !== null));
  const verdictsOf = names.map((_, k) => judged.map(({ verdicts }) => verdicts[k]));
  if (verdictsOf.filter((own) => own.some((verdict) => verdict !== null)).length < 2)
    throw new SurveyError('LABELS_INVALID', 'fewer than two inspectors gave verdicts: nothing to compare', {
      path,
    });
  const pairs = names.flatMap((_, a) => names.slice(a + 1).map((__, b) => [a, a + 1 + b] as const));
  const complete = judged.map(({ verdicts }) => !verdicts.includes(null));
  const whole = judged.filter((_, i) => complete[i]).map(({ verdicts }) => verdicts);
  const levels = names.map((_, k) => k + 1);
  const groups = reasonGroups(judged);
  const badCount = judged.map(({ verdicts }) => verdicts.filter((verdict) => verdict === 1).length);
  const everything = judged.map((_, i) => i);
  const figures = (weights: ArrayLike<number>): readonly Measure[] => [
    ...pairs.flatMap(([a, b]) => {
      const table = agreementTable(verdictsOf[a], verdictsOf[b], 2, weights);
      const agreed = [observedAgreement(table), cohenKappa(table)];
      return [...agreed, specificAgreement(table, 1), specificAgreement(table, 0)];
    }),
    whole.length === 0
      ? { value: null, reason: 'no exposure has a verdict of everybody' }
      : fleissKappa(
          whole,
          2,
          Array.from(weights).filter((_, i) => complete[i]),
        ),
    ...[everything, ...groups.values()].flatMap((members) =>
      levels.map((least) => share(members, weights, (i) => badCount[i] >= least)),
    ),
  ];
  const nights = judged.map(({ night }) => night);
  const units = nights.every((night) => night !== null) ? nights : judged.map(({ exposure }) => exposure);
  const intervals = bootstrapMany(figures, units, {
    ...(options.samples !== undefined && { samples: options.samples }),
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  const [fleissAt, confirmedAt] = [4 * pairs.length, 4 * pairs.length + 1];
  const confirmedOf = (members: readonly number[], at: number) =>
    levels.map((atLeast, k): Confirmed => ({
      atLeast,
      n: members.filter((i) => badCount[i] >= atLeast).length,
      share: intervals[at + k],
    }));
  return {
    n: judged.length,
    inspectors: names.map((name, k) => ({
      name,
      bad: count(verdictsOf[k], 1),
      notBad: count(verdictsOf[k], 0),
      empty: count(verdictsOf[k], null),
      withWords: people.filter(
        (label) => label.analyst === name && label.verdict === 'bad' && label.comment !== '',
      ).length,
    })),
    pairs: pairs.map(([a, b], k): InspectorPair => {
      const table = agreementTable(verdictsOf[a], verdictsOf[b], 2);
      const [observed, kappa, positive, negative] = intervals.slice(4 * k, 4 * k + 4);
      const [[neither, onlySecond], [onlyFirst, bothBad]] = table;
      const n = neither + onlySecond + onlyFirst + bothBad;
      const counts = { n, bothBad, onlyFirst, onlySecond, neither };
      return { first: names[a], second: names[b], ...counts, observed, kappa, positive, negative };
    }),
    fleissKappa: intervals[fleissAt],
    judgedByAll: whole.length,
    krippendorffAlpha: krippendorffAlpha(
      judged.map(({ verdicts }) => verdicts),
      2,
    ),
    confirmed: confirmedOf(everything, confirmedAt),
    reasons: [...groups].map(([reason, members], k) => ({
      ...{ reason, n: members.length },
      bad: names.map((_, a) => members.filter((i) => judged[i].verdicts[a] === 1).length),
      confirmed: confirmedOf(members, confirmedAt + levels.length * (k + 1)),
    })),
    drawn: units === nights ? 'nights' : 'exposures',
    units: new Set(units).size,
    caveats: agreementCaveats,
    notes:
      twice === 0
        ? []
        : [`${twice} verdicts of an inspector on an exposure he had judged before: the first counts`],
  };
}

function itemsOf(
  labels: readonly ExposureLabel[],
  names: readonly string[],
): { readonly items: readonly Item[]; readonly twice: number } {
  const items = new Map<string, Item>();
  const seen = new Set<string>();
  let twice = 0;
  for (const { exposure, analyst, verdict, reasons, comment } of labels) {
    const item = items.get(exposure) ?? {
      exposure,
      verdicts: names.map(() => null),
      reasons: [],
      night: null,
    };
    items.set(exposure, item);
    if (analyst === machineAnalyst) {
      item.reasons = reasons;
      item.night = /_(\d{6})_\d{6}/.exec(comment)?.[1] ?? null;
      continue;
    }
    const k = names.indexOf(analyst);
    if (k < 0) continue;
    const key = `${analyst}/${exposure}`;
    if (seen.has(key)) twice++;
    else item.verdicts[k] = verdict === '' ? null : Number(verdict === 'bad');
    seen.add(key);
  }
  return { items: [...items.values()], twice };
}

/** Places of the exposures with each of the machine's reasons, the most frequent first. */
function reasonGroups(items: readonly Item[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  items.forEach(({ reasons }, i) => {
    for (const reason of reasons) groups.set(reason, [...(groups.get(reason) ?? []), i]);
  });
  return new Map([...groups].sort(([, a], [, b]) => b.length - a.length));
}

function share(members: readonly number[], weights: ArrayLike<number>, yes: (i: number) => boolean): Measure {
  let [hits, total] = [0, 0];
  for (const i of members) {
    total += weights[i];
    if (yes(i)) hits += weights[i];
  }
  return total === 0 ? { value: null, reason: 'no exposure was drawn' } : { value: hits / total };
}

function count(verdicts: readonly (number | null)[], wanted: number | null): number {
  return verdicts.filter((verdict) => verdict === wanted).length;
}
