import { StageError } from '../stage/stage.ts';
import type { Implementation } from './implementation.ts';
import { isManifestFile, readManifest } from './manifest.ts';
import { IMPLEMENTATIONS } from './registry.ts';

/** Who plays the routers under test. */
export interface ChosenRouters {
  /** As scenarios and results name them. */
  readonly names: readonly string[];
  /** Those of manifests. */
  readonly manifests: readonly Implementation[];
  /** What `--router` was given for a name. */
  readonly words: ReadonlyMap<string, string>;
}

/**
 * Reads what `--router` was given: names of implementations, and files of manifests.
 * @throws StageError where a manifest cannot be used
 */
export async function readRouters(given: readonly string[]): Promise<ChosenRouters> {
  const words = new Map<string, string>();
  const manifests: Implementation[] = [];
  for (const word of given) {
    if (!isManifestFile(word)) {
      words.set(word, word);
      continue;
    }
    const manifest = await readManifest(word);
    if ([...IMPLEMENTATIONS, ...manifests].some(({ name }) => name === manifest.name))
      throw new StageError(`${word}: the name '${manifest.name}' is taken: give it one of its own`);
    manifests.push(manifest);
    words.set(manifest.name, word);
  }
  return { names: [...words.keys()], manifests, words };
}
