import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Resident {
  readonly open: number;
  readonly closed: readonly number[];
}

// The C library of Linux keeps freed buffers for its next ones, in amounts that follow what was freed before; with a fixed threshold each
// large one is the system's again at once, and resident memory says what is held.
it.skipIf(process.platform !== 'linux')(
  'training sessions and models give their memory back when closed',
  () => {
    const script = fileURLToPath(new URL('./support/compile-and-close.ts', import.meta.url));
    const args = ['--import', import.meta.resolve('tsx'), script, '4'];
    const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '1048576' };
    const { open, closed } = JSON.parse(
      execFileSync(process.execPath, args, { env, encoding: 'utf8' }),
    ) as Resident;
    const held = open - closed[0];
    expect(held).toBeGreaterThan(40);
    // Were it kept, until garbage is collected or for good, two more rounds would add twice what one holds.
    expect(closed[3] - closed[1]).toBeLessThan(held / 4);
  },
  60_000,
);
