/** Whose defaults and formulas fill in what is not given. */
export type Framework = 'pytorch' | 'keras';

interface Common {
  /** `pytorch` by default. The two differ in more than numbers: see `epsilonInRoot`, `epsilonHat`, `rateInVelocity`, `decoupled`. */
  readonly defaults?: Framework;
  /** Before the schedule's factor. */
  readonly learningRate?: number;
  /** λ, for kernels; biases and normalisation have none unless a parameter group says so. */
  readonly weightDecay?: number;
  /**
   * true: a step first shrinks a weight by rate·λ of itself (AdamW; what Keras calls `weight_decay` in every optimizer). false:
   * λ·w is added to the gradient after clipping (PyTorch's `weight_decay` but for AdamW).
   */
  readonly decoupled?: boolean;
}

/** Gradient descent, with momentum where it is not 0 (Sutskever et al. 2013). */
export interface SgdOptions extends Common {
  readonly kind: 'sgd';
  readonly momentum?: number;
  /** Steps from where the momentum leads. */
  readonly nesterov?: boolean;
  /**
   * true: v ← μ·v + rate·g, w ← w − v (Keras). false: v ← μ·v + g, w ← w − rate·v (PyTorch). The same while the rate is constant.
   */
  readonly rateInVelocity?: boolean;
}

/** Steps divided by the root of a moving mean of squared gradients (Tieleman & Hinton 2012). */
export interface RmsPropOptions extends Common {
  readonly kind: 'rmsprop';
  /** Memory of the mean (PyTorch's `alpha`). */
  readonly rho?: number;
  readonly epsilon?: number;
  /** true: g / √(s + ε) (Keras). false: g / (√s + ε) (PyTorch). */
  readonly epsilonInRoot?: boolean;
  readonly momentum?: number;
  readonly rateInVelocity?: boolean;
  /** Divides by the deviation, not the root of the mean square (Graves 2013). */
  readonly centered?: boolean;
}

/** Steps as long as recent steps were (Zeiler 2012). */
export interface AdadeltaOptions extends Common {
  readonly kind: 'adadelta';
  readonly rho?: number;
  readonly epsilon?: number;
}

interface Moments extends Common {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** true: ε stands beside the root before its bias is corrected, the paper's ε̂ (Keras). false: after (PyTorch). */
  readonly epsilonHat?: boolean;
}

/** Adam (Kingma & Ba 2015). */
export interface AdamOptions extends Moments {
  readonly kind: 'adam';
}

/** Adam with decoupled decay (Loshchilov & Hutter 2019); what is used where no `kind` is given. */
export interface AdamWOptions extends Moments {
  readonly kind?: 'adamw';
}

export type OptimizerOptions = SgdOptions | RmsPropOptions | AdadeltaOptions | AdamOptions | AdamWOptions;

type Resolved<O extends Common> = Required<Omit<O, 'defaults'>>;
export type Sgd = Resolved<SgdOptions>;
export type RmsProp = Resolved<RmsPropOptions>;
export type Adadelta = Resolved<AdadeltaOptions>;
export type Adam = Resolved<AdamOptions>;
export type AdamW = Resolved<AdamWOptions>;
/** An optimizer with nothing left open. */
export type Optimizer = Sgd | RmsProp | Adadelta | Adam | AdamW;
export type OptimizerName = Optimizer['kind'];

const coupled = { weightDecay: 0, decoupled: false };
const decoupled = { weightDecay: 0, decoupled: true };
const moments = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999 };

/** The defaults of PyTorch (`torch.optim`) and Keras 3 (`keras.optimizers`). */
export const optimizers = {
  sgd: {
    pytorch: {
      kind: 'sgd',
      learningRate: 1e-3,
      momentum: 0,
      nesterov: false,
      rateInVelocity: false,
      ...coupled,
    },
    keras: {
      kind: 'sgd',
      learningRate: 0.01,
      momentum: 0,
      nesterov: false,
      rateInVelocity: true,
      ...decoupled,
    },
  },
  rmsprop: {
    pytorch: {
      kind: 'rmsprop',
      learningRate: 0.01,
      rho: 0.99,
      epsilon: 1e-8,
      epsilonInRoot: false,
      momentum: 0,
      rateInVelocity: false,
      centered: false,
      ...coupled,
    },
    keras: {
      kind: 'rmsprop',
      learningRate: 1e-3,
      rho: 0.9,
      epsilon: 1e-7,
      epsilonInRoot: true,
      momentum: 0,
      rateInVelocity: true,
      centered: false,
      ...decoupled,
    },
  },
  adadelta: {
    pytorch: { kind: 'adadelta', learningRate: 1, rho: 0.9, epsilon: 1e-6, ...coupled },
    keras: { kind: 'adadelta', learningRate: 1e-3, rho: 0.95, epsilon: 1e-7, ...decoupled },
  },
  adam: {
    pytorch: { kind: 'adam', ...moments, epsilon: 1e-8, epsilonHat: false, ...coupled },
    keras: { kind: 'adam', ...moments, epsilon: 1e-7, epsilonHat: true, ...decoupled },
  },
  adamw: {
    pytorch: { kind: 'adamw', ...moments, epsilon: 1e-8, epsilonHat: false, ...decoupled, weightDecay: 0.01 },
    keras: { kind: 'adamw', ...moments, epsilon: 1e-7, epsilonHat: true, ...decoupled, weightDecay: 0.004 },
  },
} as const satisfies { [K in OptimizerName]: Record<Framework, Extract<Optimizer, { kind: K }>> };

/**
 * Fills in the defaults. Throws RangeError where the optimizer or the framework is not known, listing those that are, and where
 * a number is out of range.
 */
export function resolveOptimizer(options: OptimizerOptions = {}): Optimizer {
  const { kind = 'adamw', defaults = 'pytorch', ...given } = options;
  if (!Object.hasOwn(optimizers, kind)) {
    throw new RangeError(
      `unknown optimizer "${String(kind)}"; known are ${Object.keys(optimizers).join(', ')}`,
    );
  }
  const presets = optimizers[kind];
  if (!Object.hasOwn(presets, defaults)) {
    throw new RangeError(
      `unknown defaults "${String(defaults)}" of optimizer "${kind}"; known are ${Object.keys(presets).join(', ')}`,
    );
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const resolved = { ...presets[defaults], ...Object.fromEntries(set) } as Optimizer;
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value === 'number') checkRange(kind, name, value);
  }
  return resolved;
}

/** Shares of memory lie in [0, 1); the others have no upper bound. */
const shares: readonly string[] = ['momentum', 'rho', 'beta1', 'beta2'];

function checkRange(kind: OptimizerName, name: string, value: number): void {
  const below = shares.includes(name) ? 1 : Infinity;
  if (value >= 0 && value < below) return;
  const range = below === 1 ? 'at least 0 and below 1' : 'a number of at least 0';
  throw new RangeError(`optimizer "${kind}": ${name} is ${value}; it must be ${range}`);
}
