import { setTimeout as sleep } from 'node:timers/promises';
import { SurveyError } from '../../errors.ts';

export interface FetchPolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** Wait before the first of them, seconds; it doubles from try to try, with a random part. */
  readonly firstWait: number;
  /** Longest wait, also for what a service asks for, seconds. */
  readonly longestWait: number;
  /** Seconds until a try is given up. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** What went wrong with a try, and whether another may go better. */
class FailedTry extends Error {
  readonly again: boolean;
  /** Seconds that the service asks to wait. */
  readonly wait: number | null;

  constructor(message: string, again: boolean, wait: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.again = again;
    this.wait = wait;
  }
}

/**
 * Gets a document and makes something of it, with more tries after refusals for a time (429, 5xx), broken connections and documents that `decode` cannot read:
 * what is cut off in the middle looks like that. Any other status, and a SurveyError of `decode`, is final.
 * @param allowed waits until the next request may be sent
 * @throws SurveyError FETCH_FAILED with the last reason, and what `decode` throws as SurveyError
 */
export async function fetchDecoded<T>(
  url: string,
  policy: FetchPolicy,
  allowed: () => Promise<void>,
  decode: (bytes: Uint8Array) => Promise<T>,
): Promise<{ readonly bytes: Uint8Array; readonly value: T }> {
  for (let attempt = 0; ; attempt++) {
    await allowed();
    try {
      const bytes = await getOnce(url, policy);
      return { bytes, value: await decodeWhole(bytes, decode) };
    } catch (error) {
      policy.signal?.throwIfAborted();
      if (!(error instanceof FailedTry)) throw error;
      if (!error.again || attempt >= policy.retries) {
        const tries = attempt === 0 ? '' : ` (after ${attempt + 1} tries)`;
        throw new SurveyError('FETCH_FAILED', `${error.message}${tries}`, { path: url, cause: error });
      }
      const backOff = policy.firstWait * 2 ** attempt * (0.75 + 0.5 * Math.random());
      const wait = Math.min(policy.longestWait, Math.max(backOff, error.wait ?? 0));
      await sleep(1000 * wait, undefined, { signal: policy.signal });
    }
  }
}

async function getOnce(url: string, { timeout, signal }: FetchPolicy): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(1000 * timeout);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return body;
    const again = response.status === 429 || response.status >= 500;
    throw new FailedTry(
      `the service answered ${response.status} ${response.statusText}`,
      again,
      retryAfter(response),
    );
  } catch (error) {
    if (error instanceof FailedTry) throw error;
    if (limit.aborted) throw new FailedTry(`no answer within ${timeout} s`, true, null, error);
    const cause = (error as Error).cause;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    throw new FailedTry(`the connection failed (${reason})`, true, null, error);
  }
}

async function decodeWhole<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => Promise<T>): Promise<T> {
  try {
    return await decode(bytes);
  } catch (error) {
    if (error instanceof SurveyError) throw error;
    throw new FailedTry(`what came cannot be read (${(error as Error).message})`, true, null, error);
  }
}

/** Seconds of a Retry-After header: a number, or a date (RFC 9110, §10.2.3). */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('retry-after');
  if (text === null) return null;
  const seconds = /^\d+$/.test(text.trim()) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

/** Lets requests go at most so often a second, in the order they ask. */
export function rateLimit(perSecond: number, signal?: AbortSignal): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + 1000 / perSecond;
    if (at > now) await sleep(at - now, undefined, { signal });
  };
}
