/** The last lines that a router wrote, however much it writes. */
export interface LogRing {
  /** Takes output in any pieces; whole lines are kept, each cut to a limit. */
  write(text: string): void;
  /** Oldest first. */
  lines(): string[];
  last(count: number): string[];
}

const MOST_LINES = 1000;
const LONGEST_LINE = 500;

/** Makes a ring; `onLine` sees each line once, when it is whole. */
export function createLogRing(onLine: (line: string) => void): LogRing {
  const kept: string[] = [];
  let rest = '';

  function add(line: string): void {
    const cut = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
    kept.push(cut);
    if (kept.length > MOST_LINES) kept.shift();
    onLine(cut);
  }

  function all(): string[] {
    return rest === '' ? [...kept] : [...kept, rest.slice(0, LONGEST_LINE)];
  }

  return {
    write(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!.slice(0, LONGEST_LINE + 1);
      for (const line of lines) add(line.replace(/\r$/, ''));
    },
    lines: all,
    last: (count) => all().slice(-count),
  };
}
