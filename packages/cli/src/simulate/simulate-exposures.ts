export function simulateExposures(
  _options: unknown,
): Promise<{ made: number; kept: number; ccds: number; interrupted: boolean }> {
  return Promise.reject(new Error('not yet'));
}
