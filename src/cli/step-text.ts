/** Steps whose value is one name or several. */
const NAMES_FOLLOW = ['start', 'stop', 'kill', 'freeze', 'thaw', 'power-off', 'power-on', 'pull-cable', 'plug-cable'];
/** What happens to frames in a wire, which a file says under `fault`. */
const FRAMES_FOLLOW = ['lose', 'delay', 'duplicate', 'reorder', 'corrupt', 'tag', 'police'];

/**
 * A step of a scenario, as it stands in a file, from the words of a command: `power-off r1` is `power-off: [r1]`,
 * `lose everything from r1` is `fault: { lose: everything from r1 }`, `r1-cable pull` is `pull-cable: [r1]`. What stands as
 * in a file is left as it is.
 */
export function stepText(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  if (rest.length === 0 || first.endsWith(':')) return words.join(' ');
  const cable = /^(.+)-cable$/.exec(first)?.[1];
  if (cable !== undefined && rest.length === 1 && (rest[0] === 'pull' || rest[0] === 'plug')) {
    return `${rest[0]}-cable: [${cable}]`;
  }
  if (NAMES_FOLLOW.includes(first)) return `${first}: [${rest.join(', ')}]`;
  if (FRAMES_FOLLOW.includes(first)) return `fault: { ${first}: ${rest.join(' ')} }`;
  return `${first}: ${rest.join(' ')}`;
}
