import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tests run the programs as users do, so they are bundled once before the first test. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../tools/build.mjs', import.meta.url))], { stdio: 'inherit' });
}
