export type { Cell, Column, Row, TableSink } from './column.ts';
export { catalogColumns, exposureColumns, imageColumns, qualityColumns } from './columns.ts';
export { judgedExposureColumns, judgedImageColumns } from './judged-columns.ts';
export { csvHeader, csvRow } from './csv.ts';
export { ParquetTable } from './parquet.ts';
export { TableSet, tableFile, tableFormats } from './table-set.ts';
export type { TableFormat } from './table-set.ts';
export { TextFile } from './text-file.ts';
