/** Where in a scenario something is: keys and positions from the document's root. */
export type DocumentPath = readonly (string | number)[];

/** One thing that is wrong with a scenario file; line and column count from 1. */
export interface ScenarioProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, what was expected, and what was probably meant. */
  readonly message: string;
}

/** A scenario that cannot be played as it is written: every problem that was found, each with its place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly problems: readonly ScenarioProblem[];
  constructor(problems: readonly ScenarioProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `scenarios/power-off.yaml:12:5: unknown step 'strat'; did you mean 'start'?` */
export function formatProblem({ file, line, column, message }: ScenarioProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** What a compiler of documents found wrong, and where; parse.ts turns the path into a line and a column. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly path: DocumentPath;
  constructor(path: DocumentPath, message: string) {
    super(message);
    this.path = path;
  }
}

/** The candidate that a misspelt word probably means; undefined where none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean 'start'?`, or the list of what there is, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  if (meant !== undefined) return `; did you mean '${meant}'?`;
  return candidates.length === 0 ? '' : `; expected one of ${candidates.join(', ')}`;
}

/** How many letters must be inserted, deleted, replaced or swapped with their neighbour; words are cut at 64 letters. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, 64);
  const b = right.slice(0, 64);
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
