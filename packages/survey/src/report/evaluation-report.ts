import type { EvaluationReportData } from './types.ts';

export function renderEvaluationReport(data: EvaluationReportData): string {
  return `<!doctype html><title>${data.title}</title>`;
}
