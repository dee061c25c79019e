import { basename } from 'node:path';
import type { CaptureInterface } from './frame.ts';
import type { Survey } from './survey.ts';

/** Sightings of the same octets within this time are one frame. */
const SAME_FRAME_NS = 20_000_000;

/**
 * The LAN of each interface (of each file, in order) where several captures are read as one: interfaces that saw the
 * same frame, or that advertise the same virtual router with the same addresses, are on one LAN. It is named after the
 * first interface; where two LANs would have one name, the file's name comes before it. `unixTime` gives times of a file
 * by the clock that all were brought to, in nanoseconds since an origin that all have in common.
 */
export function sharedLans(
  surveys: readonly Survey[],
  unixTime: (file: number, timeNs: number) => number,
): readonly (readonly string[])[] {
  const places = surveys.flatMap((survey, file) => survey.interfaces.map((_, index) => ({ file, index, survey })));
  const parents = places.map((_, position) => position);
  const find = (position: number): number => {
    let root = position;
    while (parents[root] !== root) root = parents[root]!;
    return root;
  };
  const firstWith = new Map<string, number>();
  const meet = (what: string, position: number) => {
    const other = firstWith.get(what);
    if (other === undefined) firstWith.set(what, position);
    else parents[Math.max(find(other), find(position))] = Math.min(find(other), find(position));
  };
  const positionOf = new Map(places.map(({ file, index }, position) => [`${file} ${index}`, position]));
  for (const [file, { groups }] of surveys.entries()) {
    for (const [interfaceIndex, texts] of groups) {
      const position = positionOf.get(`${file} ${interfaceIndex}`);
      for (const text of texts) if (position !== undefined) meet(`group ${text}`, position);
    }
  }
  for (const [one, other] of sameFrames(surveys, unixTime)) {
    const [first, second] = [find(positionOf.get(one) ?? 0), find(positionOf.get(other) ?? 0)];
    parents[Math.max(first, second)] = Math.min(first, second);
  }
  const names = new Map<number, string>();
  for (const [position, { survey, index }] of places.entries()) {
    if (find(position) !== position) continue;
    const name = interfaceName(survey.interfaces[index]!, index);
    const taken = [...names.values()].includes(name);
    names.set(position, taken ? unused(`${basename(survey.file)} ${name}`, names) : name);
  }
  return surveys.map((survey, file) =>
    survey.interfaces.map((_, index) => names.get(find(positionOf.get(`${file} ${index}`)!))!),
  );
}

/** Pairs of interfaces of different files that saw the same octets at the same time. */
function* sameFrames(
  surveys: readonly Survey[],
  unixTime: (file: number, timeNs: number) => number,
): Generator<readonly [string, string]> {
  const newest = new Map<number, { readonly place: string; readonly file: number; readonly timeNs: number }>();
  const all = surveys.flatMap(({ sightings }, file) =>
    sightings.map(({ identity, timeNs, interfaceIndex }) => ({
      identity,
      file,
      place: `${file} ${interfaceIndex}`,
      timeNs: unixTime(file, timeNs),
    })),
  );
  for (const sighting of all.sort((a, b) => a.timeNs - b.timeNs)) {
    const before = newest.get(sighting.identity);
    newest.set(sighting.identity, sighting);
    if (before === undefined || before.file === sighting.file) continue;
    if (sighting.timeNs - before.timeNs <= SAME_FRAME_NS) yield [before.place, sighting.place];
  }
}

function unused(name: string, names: ReadonlyMap<number, string>): string {
  const taken = new Set(names.values());
  let candidate = name;
  for (let number = 2; taken.has(candidate); number++) candidate = `${name} (${number})`;
  return candidate;
}

function interfaceName({ name, port }: CaptureInterface, index: number): string {
  return port?.lan ?? (name === '' ? `interface ${index}` : name);
}
