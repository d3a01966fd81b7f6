import { ParquetTable } from '../tables/parquet.ts';
import type { Column } from '../tables/column.ts';
import { probabilityColumn } from '../taxonomy.ts';
import type { ManifestRow } from './manifest.ts';

export interface Prediction extends ManifestRow {
  readonly probability: number;
  readonly classes: Readonly<Record<string, number>>;
}

/**
 * `predictions.parquet`: one row per CCD with its probabilities (`p_<class>`) and the signal-to-noise of what is truly there
 * (`snr_<class>`, null where absent).
 */
export async function writePredictions(
  path: string,
  predictions: readonly Prediction[],
  truth: ReadonlyMap<string, readonly { readonly className: string; readonly snr: number }[]>,
  classes: readonly string[],
): Promise<void> {
  const columns: Column[] = [
    { name: 'path', type: 'string', description: 'file, relative to the folder evaluated' },
    { name: 'hdu', type: 'int', description: 'HDU, 0 is the primary' },
    { name: 'exposure', type: 'string', description: 'EXPNUM' },
    { name: 'ccd', type: 'string', description: 'EXTNAME' },
    { name: 'artifact_probability', type: 'double', description: 'probability of any artifact' },
    ...classes.flatMap((name): Column[] => [
      { name: probabilityColumn(name), type: 'double', description: `probability: ${name}` },
      { name: snrColumn(name), type: 'double', description: `signal-to-noise in the truth: ${name}` },
    ]),
  ];
  const table = new ParquetTable(path, columns, {});
  try {
    for (const { path: file, hdu, exposure, ccd, probability, classes: p } of predictions) {
      const present = truth.get(`${file}[${hdu}]`) ?? [];
      const cells = classes.flatMap((name) => {
        const snr = Math.hypot(
          ...present.filter(({ className }) => className === name).map((one) => one.snr),
        );
        return [
          [probabilityColumn(name), p[name] ?? null],
          [snrColumn(name), snr > 0 ? snr : null],
        ] as const;
      });
      await table.write({
        ...{ path: file, hdu, exposure, ccd, artifact_probability: probability },
        ...Object.fromEntries(cells),
      });
    }
    await table.close();
  } catch (error) {
    await table.abort();
    throw error;
  }
}

function snrColumn(className: string): string {
  return probabilityColumn(className).replace(/^p_/, 'snr_');
}
