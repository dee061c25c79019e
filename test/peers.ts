import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const asked = new Map<string, boolean>();

/**
 * Tells whether a program that a test compares with is installed: `describe.runIf(requirePeer('tshark'))`. Where it is
 * missing the reason is printed once and the test is skipped; with CI=true that is an error, so that nothing is skipped
 * unseen.
 */
export function requirePeer(program: string): boolean {
  const known = asked.get(program);
  if (known !== undefined) return known;
  const found = isInstalled(program);
  asked.set(program, found);
  if (found) return true;
  const message = `${program} is not installed: tests that need it are skipped (as root: make peers)`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
  return false;
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
