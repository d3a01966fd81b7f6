import type { ParameterDefinition } from '../parameter-scope.ts';

/** Settings of some parameters. Where several groups match a parameter, later ones prevail, setting by setting. */
export interface ParameterGroup {
  /** Full names, `*` standing for any text: `encoder.*`, `*.bias`. */
  readonly parameters: string | readonly string[];
  /** Keeps them as they are. Running statistics of batch normalisation go on all the same. */
  readonly frozen?: boolean;
  /** Keeps them as they are for so many steps from the start of the training. */
  readonly frozenSteps?: number;
  /** Multiplies the learning rate. */
  readonly rateFactor?: number;
  /** In place of the optimizer's, and for biases and normalisation too where they match. */
  readonly weightDecay?: number;
  /**
   * Adds l1·sign(w) to the gradient, before its norm is taken and clipped: Keras's regulariser `L1`. The loss reported is without
   * the penalty.
   */
  readonly l1?: number;
  /** Adds 2·l2·w to the gradient in the same way: Keras's `L2`, whose penalty l2·Σw² has no half. */
  readonly l2?: number;
}

export interface ParameterSettings {
  readonly frozen: boolean;
  readonly frozenSteps: number;
  readonly rateFactor: number;
  readonly weightDecay: number;
  readonly l1: number;
  readonly l2: number;
}

/**
 * Settings of every parameter by name. Throws RangeError where a pattern matches no parameter, listing some names, or a number is
 * negative or not finite.
 */
export function parameterSettings(
  definitions: readonly ParameterDefinition[],
  weightDecay: number,
  groups: readonly ParameterGroup[] = [],
): Map<string, ParameterSettings> {
  const settings = new Map(
    definitions.map(({ name, decay }): [string, ParameterSettings] => [
      name,
      { frozen: false, frozenSteps: 0, rateFactor: 1, weightDecay: decay ? weightDecay : 0, l1: 0, l2: 0 },
    ]),
  );
  for (const { parameters, ...given } of groups) {
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === 'number' && !(value >= 0 && value < Infinity)) {
        throw new RangeError(
          `parameter group "${String(parameters)}": ${name} is ${value}; it must be at least 0`,
        );
      }
    }
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    for (const pattern of typeof parameters === 'string' ? [parameters] : parameters) {
      const matched = [...settings.keys()].filter((name) => matches(pattern, name));
      if (matched.length === 0) {
        throw new RangeError(
          `parameter group "${pattern}" matches no parameter; there are ${[...settings.keys()].slice(0, 12).join(', ')}` +
            (settings.size > 12 ? ` and ${settings.size - 12} more` : ''),
        );
      }
      for (const name of matched) settings.set(name, { ...settings.get(name)!, ...set });
    }
  }
  return settings;
}

function matches(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}
