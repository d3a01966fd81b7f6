import type { ScanReportData } from './types.ts';

export function renderScanReport(data: ScanReportData): string {
  return `<!doctype html><title>${data.title}</title>`;
}
