/** Seconds of rest before a block, so that neither side's spinning threads sit in the other's time. */
export const pauseMs = 400;

/** One CCD's stage, milliseconds, one thread each side; medians. */
export interface StageResult {
  readonly name: string;
  readonly ours_ms: number;
  readonly peer_ms: number | null;
  readonly ratio: number | null;
  readonly ratio_limit: number | null;
  /** Largest difference of the two results, in their own unit; null where they are not numbers of one kind. */
  readonly max_difference: number | null;
}

/** The whole command against the script; seconds of wall time per CCD, medians over rounds; memory of the process tree, MB. */
export interface ScanResult {
  readonly name: string;
  readonly ours_s_per_ccd: number;
  readonly peer_s_per_ccd: number | null;
  readonly ratio: number | null;
  readonly ratio_limit: number;
  /** The same without the start of the processes (loading code), from each side's own clock. */
  readonly ours_s_per_ccd_without_startup: number;
  readonly peer_s_per_ccd_without_startup: number | null;
  readonly ratio_without_startup: number | null;
  readonly ours_peak_mb: number | null;
  readonly peer_peak_mb: number | null;
  readonly ours_peak_mb_4_ccds: number | null;
  readonly peer_peak_mb_4_ccds: number | null;
  readonly ours_flagged: number;
  readonly peer_flagged: number | null;
  readonly ccds: number;
  readonly rounds: number;
  readonly ours_s_per_ccd_of_rounds: readonly number[];
  readonly peer_s_per_ccd_of_rounds: readonly number[];
  readonly peer_processes: number;
}

export interface BenchReport {
  readonly results: readonly (ScanResult | StageResult)[];
  /** Null: not measured, see stderr. */
  readonly peer: string | null;
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string };
  readonly exposure: { readonly ccds: number; readonly width: number; readonly height: number };
  readonly model: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function ratio(ours: number, theirs: number | null): number | null {
  return theirs === null ? null : ours / theirs;
}

/** The report as a table for people. */
export function printable(report: BenchReport): string {
  const rows = [['', 'ours', 'peer', 'ratio', 'asked', 'difference']];
  const notes: string[] = [];
  for (const result of report.results) {
    if ('ours_ms' in result) {
      rows.push([
        result.name,
        `${result.ours_ms.toFixed(1)} ms`,
        result.peer_ms === null ? '–' : `${result.peer_ms.toFixed(1)} ms`,
        result.ratio?.toFixed(2) ?? '–',
        result.ratio_limit === null ? '' : `≤ ${result.ratio_limit}`,
        result.max_difference?.toExponential(1) ?? '',
      ]);
      continue;
    }
    const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(3)} s/CCD`);
    rows.push(
      [
        result.name,
        seconds(result.ours_s_per_ccd),
        seconds(result.peer_s_per_ccd),
        result.ratio?.toFixed(2) ?? '–',
        `≤ ${result.ratio_limit}, ≤ 0.6 s`,
        '',
      ],
      [
        '  without start-up',
        seconds(result.ours_s_per_ccd_without_startup),
        seconds(result.peer_s_per_ccd_without_startup),
        result.ratio_without_startup?.toFixed(2) ?? '–',
        '',
        '',
      ],
      ['  peak memory', megabytes(result.ours_peak_mb), megabytes(result.peer_peak_mb), '', '≤ 1500 MB', ''],
      [
        '  peak memory, 4 CCDs',
        megabytes(result.ours_peak_mb_4_ccds),
        megabytes(result.peer_peak_mb_4_ccds),
        '',
        '',
        '',
      ],
    );
    notes.push(
      `${result.name}: ${result.ccds} CCDs, ${result.rounds} rounds in turns, medians; flagged ${result.ours_flagged} (peer ${result.peer_flagged ?? '–'})`,
    );
  }
  const { cores, cpu, node } = report.machine;
  const { ccds, width, height } = report.exposure;
  return [
    alignedTable(rows),
    '',
    ...notes,
    `exposure: ${ccds} CCDs of ${width}×${height} px, RICE-compressed; model: ${report.model}`,
    `peer: ${report.peer ?? 'not measured'}`,
    `machine: ${cores} cores (${cpu}), Node ${node}`,
  ].join('\n');
}

function megabytes(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(0)} MB`;
}

/** Rows of equally many cells in columns, the first to the left, the others to the right. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
