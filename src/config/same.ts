/** Whether two parts of configurations say the same, wherever they say it: places in files do not count. */
export function saysTheSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = wordsOf(left);
  if (names.length !== wordsOf(right).length) return false;
  return names.every((name) => name in right && saysTheSame(partOf(left, name), partOf(right, name)));
}

function wordsOf(part: object): string[] {
  return Object.keys(part).filter((name) => name !== 'file' && name !== 'line' && name !== 'column');
}

function partOf(part: object, name: string): unknown {
  return (part as Record<string, unknown>)[name];
}
