import { main } from '../../src/main.ts';

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process and keeps what it printed. */
export async function run(...argv: readonly string[]): Promise<Captured> {
  return capture(argv);
}

/** The same with the trivial analyser of survey's tests in the place of the shipped network. */
export async function runTrivial(...argv: readonly string[]): Promise<Captured> {
  return capture(argv, new URL('../../../survey/test/helpers/trivial-analyser.ts', import.meta.url));
}

async function capture(argv: readonly string[], analyserModule?: URL): Promise<Captured> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    interactive: false,
    columns: 80,
  };
  const code = await main(argv, { terminal, analyserModule });
  return { code, out, err };
}

/** Runs a command that must succeed; gives its `--json` document. */
export async function runJson<T>(...argv: readonly string[]): Promise<T> {
  const { code, out, err } = await run(...argv, '--json');
  if (code !== 0) throw new Error(`blemish ${argv.join(' ')} gave ${code}: ${err}`);
  return JSON.parse(out) as T;
}
