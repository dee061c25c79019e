import { existsSync, type FSWatcher, readFileSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { TrackFile } from '../config/configuration.ts';
import type { Log } from './log.ts';
import type { Tracker } from './track-script.ts';

/** What does not begin with a number counts as 0, a file that is not there too. */
const NUMBER = /^\s*([+-]?\d{1,10})/;
const EMPTY_FOR_MS = 50;
const LARGEST = 2_147_483_647;

/** Watches a track_file, and its folder for it to appear; tells the number in it, the first time at once. */
export function trackFile({ name, path, initial }: TrackFile, log: Log, changed: (value: number) => void): Tracker {
  let value: number | undefined;
  let pending: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  let closed = false;

  /** Whoever writes the file empties it first: an empty one is looked at again before it counts as 0. */
  function read(again: boolean): void {
    const text = readText(path);
    if (text === '' && !again) {
      clearTimeout(pending);
      pending = setTimeout(read, EMPTY_FOR_MS, true);
      return;
    }
    const now = numberIn(text);
    if (closed || now === value) return;
    value = now;
    changed(now);
  }

  try {
    if (initial !== undefined && (initial.overwrite || !existsSync(path))) writeFileSync(path, `${initial.value}\n`);
    watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
      if (file === null || file === basename(path)) read(false);
    });
    watcher.on('error', (error) => log.line(`track_file ${name}: ${error.message}`));
  } catch (error) {
    log.line(`track_file ${name} counts as it is now, changes are not seen: ${(error as Error).message}`);
  }
  read(true);
  return {
    close() {
      closed = true;
      clearTimeout(pending);
      watcher?.close();
    },
  };
}

/** What is in the file; undefined where there is none. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, { encoding: 'utf8', flag: 'r' });
  } catch {
    return undefined;
  }
}

function numberIn(text: string | undefined): number {
  const found = NUMBER.exec(text ?? '');
  return found === null ? 0 : Math.max(-LARGEST, Math.min(LARGEST, Number.parseInt(found[1]!, 10)));
}
