import { SurveyError } from '../errors.ts';
import { checkerReports, readCheckerRows } from './checker-rows.ts';
import type { CheckerOptions, CheckerRecord } from './checker-rows.ts';
import type { Label, ReadLabels } from './label.ts';

/** SQLite as WebAssembly, loaded where a database is read or written: it takes 20 ms and a megabyte. */
async function sqlite() {
  const { default: init } = await import('sql.js');
  return init();
}

const createTables = `
CREATE TABLE files (fileid INTEGER PRIMARY KEY ASC, expname TEXT, ccd INT, band TEXT, name TEXT);
CREATE INDEX files_ccd_idx ON files (ccd);
CREATE INDEX files_expname_idx ON files (expname);
CREATE TABLE qa (
  qaid INTEGER PRIMARY KEY ASC, fileid INT NOT NULL, userid INT NOT NULL, problem INT NOT NULL, x INT, y INT, detail TEXT,
  timestamp TEXT NOT NULL DEFAULT current_timestamp
);
CREATE INDEX qa_fileid_idx ON qa (fileid);
CREATE INDEX qa_problem_idx ON qa (problem);
CREATE INDEX qa_userid_idx ON qa (userid);`;

/**
 * Reads a file database of the Exposure Checker: its tables `files` and `qa` (`sql/files.sql` of des-exp-checker). A report's row is its
 * `qaid`. See `readCheckerRows`.
 * @throws SurveyError LABELS_INVALID for no database, one without these tables, or a report of a file that is not in it
 */
export async function readCheckerDatabase(
  bytes: Uint8Array,
  path: string,
  options: CheckerOptions = {},
): Promise<ReadLabels> {
  const { Database } = await sqlite();
  const database = new Database(bytes);
  try {
    const records: CheckerRecord[] = [];
    const query = database.prepare(
      'SELECT qa.*, files.fileid AS known, files.expname, files.ccd, files.band, files.name FROM qa LEFT JOIN files ON files.fileid = qa.fileid ORDER BY qa.qaid',
    );
    while (query.step()) {
      const fields = query.getAsObject();
      const row = Number(fields['qaid']);
      if (fields['known'] === null)
        throw new SurveyError(
          'LABELS_INVALID',
          `qaid ${row}: no file with fileid ${String(fields['fileid'])}`,
          { path },
        );
      records.push({ fields, row });
    }
    query.free();
    return readCheckerRows(records, path, options);
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new SurveyError('LABELS_INVALID', `no database of the Exposure Checker (${text})`, { path, cause });
  } finally {
    database.close();
  }
}

/** A file database of the Exposure Checker with these labels, and what it could not hold. Annotators that are no numbers are kept as text. */
export async function checkerDatabase(
  labels: readonly Label[],
  options: CheckerOptions = {},
): Promise<{ readonly bytes: Uint8Array; readonly notes: readonly string[] }> {
  const { reports, notes } = checkerReports(labels, options);
  const { Database } = await sqlite();
  const database = new Database();
  try {
    database.run(`${createTables}\nBEGIN;`);
    const file = database.prepare('INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?, ?)');
    const report = database.prepare('INSERT INTO qa VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    for (const {
      qaid,
      fileid,
      expname,
      ccd,
      band,
      name,
      userid,
      problem,
      x,
      y,
      detail,
      timestamp,
    } of reports) {
      file.run([fileid, expname, ccd, band, name]);
      report.run([qaid, fileid, userid, problem, x, y, detail === '' ? null : detail, timestamp]);
    }
    file.free();
    report.free();
    database.run('COMMIT;');
    return { bytes: database.export(), notes };
  } finally {
    database.close();
  }
}
