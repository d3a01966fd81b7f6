import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const missing = new Set<string>();

/** Says once per process what is not here and what is not compared for want of it. */
export function saySkipped(what: string): void {
  if (missing.has(what)) return;
  missing.add(what);
  console.warn(`skipped: ${what}`);
}

/** A python3 that can import `modules` (Debian's first, where the oracles are), or null, said. */
export function findPython(...modules: readonly string[]): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    if (spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0) return python;
  }
  saySkipped(`no python3 with ${modules.join(', ')}; nothing is compared with them here`);
  return null;
}

/** The first of `names` that is on the path, or null, said. */
export function findCommand(...names: readonly string[]): string | null {
  for (const name of names) {
    if (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0) return name;
  }
  saySkipped(`no ${names.join(' or ')} on the path; nothing is compared with it here`);
  return null;
}

/** Runs a script and parses what it prints as JSON. */
export function runPython<T>(python: string, script: string, args: readonly string[] = [], input = ''): T {
  const text = execFileSync(python, [script, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  return JSON.parse(text) as T;
}

const chromium = '/usr/bin/chromium';

/** Debian's Chromium, or null, said. */
export function findChromium(): string | null {
  if (existsSync(chromium)) return chromium;
  saySkipped(`no ${chromium}; install the Debian package chromium to test pages in it`);
  return null;
}
