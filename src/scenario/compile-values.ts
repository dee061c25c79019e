import type { Scene } from './compile-topology.ts';
import { evaluateTerm, parseTerm } from './duration.ts';
import { DocumentError, type DocumentPath, suggestion } from './problem.ts';
import { slowestTimers } from './timers.ts';

/** Complains about a name that is none of those that there are. */
export function requireName(name: string, known: readonly string[], what: string, path: DocumentPath): string {
  if (known.includes(name)) return name;
  throw new DocumentError(path, `there is no ${what} '${name}'${suggestion(name, known)}`);
}

/** A term by the timers of a router, or of the slowest; must not be negative. */
export function termValue(scene: Pick<Scene, 'intents'>, text: string, path: DocumentPath, router?: string): number {
  const value = evaluateTerm(parseTerm(text)!, slowestTimers(scene.intents, router));
  if (value < 0) throw new DocumentError(path, `'${text}' is less than nothing here; expected 0 or more`);
  return value;
}
