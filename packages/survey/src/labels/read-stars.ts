import { numberColumn, openTable } from '../datasets/index.ts';
import type { KnownStar } from './rendering.ts';

/**
 * Known stars of a table with the columns x, y (on the Exposure Checker's rendering) and ccd_x, ccd_y (0-based FITS pixels).
 * @throws SurveyError of the table; TABLE_COLUMN_MISSING, TABLE_TEXT
 */
export async function readStars(path: string): Promise<KnownStar[]> {
  const table = await openTable(path);
  const [x, y, ccdX, ccdY] = ['x', 'y', 'ccd_x', 'ccd_y'].map(
    (name) => numberColumn(table, name, 'place of a star').values,
  );
  return Array.from({ length: table.rows }, (_, i) => ({
    stored: [x[i], y[i]] as const,
    ccd: [ccdX[i], ccdY[i]] as const,
  }));
}
