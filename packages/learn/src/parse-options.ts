import type { Learner } from './learner.ts';
import type { Transform } from './transform.ts';

/** Options with defaults filled in. @throws RangeError naming `where` and each option that is refused. */
export function parseOptions(
  { options: schema }: Pick<Learner | Transform, 'options'>,
  options: unknown,
  where: string,
): unknown {
  const result = schema.safeParse(options ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `option '${path.join('.')}': ${message}`,
  );
  throw new RangeError(`${where}: ${problems.join('; ')}`);
}
