export type { DataColumn, NumberColumn, StrayText, TextColumn } from './column.ts';
export { isMissing } from './column.ts';
export { joinTables } from './join-tables.ts';
export { openTable, tableEndings } from './open-table.ts';
export { numberColumn, tableColumn } from './table.ts';
export type { DataTable, OpenTableOptions } from './table.ts';
export { nearestNames } from './nearest-names.ts';
export { stackTables } from './stack-tables.ts';
