import { basename } from 'node:path';
import type { CaptureInterface } from './frame.ts';
import type { Survey } from './survey.ts';

/** Sightings of the same octets within this time are one frame. */
const SAME_FRAME_NS = 20_000_000;
/** Gratuitous ARPs are repeated octet by octet, and those of another LAN may be alike: one or two prove no LAN, and no VLAN. */
const ENOUGH = 3;
/** What is repeated in a burst is one coincidence. */
const MOMENT_NS = 1_000_000_000;
/** Interfaces and VLANs at which one frame is remembered: tags may be invented. */
const ALIKE = 16;

/** The LAN of an interface. */
export interface SharedLan {
  readonly name: string;
  /** The VLAN of its frames, which have no tags, where another capture has them with a tag. */
  readonly accessVlan?: number;
}

interface Sighted {
  readonly position: number;
  readonly file: number;
  readonly outerVlan: number;
  readonly innerVlan: number;
  readonly timeNs: number;
  readonly unique: boolean;
}

/**
 * The LAN of each interface (of each file, in order) where several captures are read as one: interfaces that saw the
 * same frame, or that advertise the same virtual router with the same addresses, are on one LAN. An interface without tags
 * whose frames another one has with a tag is on that VLAN: `TRUNK vlan 51`. A LAN is named after its
 * first interface; where two LANs would have one name, the file's name comes before it. `unixTime` gives times of a file
 * by the clock that all were brought to, in nanoseconds since an origin that all have in common.
 */
export function sharedLans(
  surveys: readonly Survey[],
  unixTime: (file: number, timeNs: number) => number,
): readonly (readonly SharedLan[])[] {
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
  const together = sameFrames(surveys, unixTime, (file, index) => positionOf.get(`${file} ${index}`) ?? 0);
  const tagged = new Set<number>();
  for (const [file, { sightings }] of surveys.entries()) {
    for (const { interfaceIndex, outerVlan } of sightings) {
      if (outerVlan >= 0) tagged.add(positionOf.get(`${file} ${interfaceIndex}`) ?? 0);
    }
  }
  for (const [one, other] of meetings(together)) {
    const [first, second] = [find(one), find(other)];
    parents[Math.max(first, second)] = Math.min(first, second);
  }
  const trunks = new Set([...tagged].map(find));
  const access = accessVlans(together, find, trunks);
  const names = new Map<number, string>();
  for (const [position, { survey, index }] of places.entries()) {
    if (find(position) !== position || access.has(position)) continue;
    const name = interfaceName(survey.interfaces[index]!, index);
    const taken = [...names.values()].includes(name);
    names.set(position, taken ? unused(`${basename(survey.file)} ${name}`, names) : name);
  }
  return surveys.map((survey, file) =>
    survey.interfaces.map((_, index) => {
      const root = find(positionOf.get(`${file} ${index}`)!);
      const vlan = access.get(root);
      if (vlan === undefined) return { name: names.get(root)! };
      return { name: `${names.get(vlan.trunk)!} vlan ${vlan.id}`, accessVlan: vlan.id };
    }),
  );
}

/** Sightings of the same octets in different files at the same time. */
function sameFrames(
  surveys: readonly Survey[],
  unixTime: (file: number, timeNs: number) => number,
  positionOf: (file: number, interfaceIndex: number) => number,
): (readonly [Sighted, Sighted])[] {
  const pairs: (readonly [Sighted, Sighted])[] = [];
  const newest = new Map<number, Map<string, Sighted>>();
  const all = surveys.flatMap(({ sightings }, file) =>
    sightings.map(({ identity, outerVlan, innerVlan, timeNs, interfaceIndex, unique }) => ({
      identity,
      file,
      position: positionOf(file, interfaceIndex),
      outerVlan,
      innerVlan,
      timeNs: unixTime(file, timeNs),
      unique,
    })),
  );
  for (const sighting of all.sort((a, b) => a.timeNs - b.timeNs)) {
    const before = newest.get(sighting.identity) ?? new Map<string, Sighted>();
    for (const [key, other] of before) {
      if (sighting.timeNs - other.timeNs > SAME_FRAME_NS) before.delete(key);
      else if (other.file !== sighting.file) pairs.push([other, sighting]);
    }
    const key = `${sighting.position} ${sighting.outerVlan} ${sighting.innerVlan}`;
    if (before.size < ALIKE || before.has(key)) before.set(key, sighting);
    newest.set(sighting.identity, before);
  }
  return pairs;
}

/** Pairs of interfaces that saw the same frame: one that no other frame is like, or repeated ones at several moments. */
function meetings(pairs: readonly (readonly [Sighted, Sighted])[]): readonly (readonly [number, number])[] {
  const found = new Map<string, { readonly pair: readonly [number, number]; moments: number; lastNs: number }>();
  for (const [one, other] of pairs) {
    if (one.outerVlan !== other.outerVlan || one.innerVlan !== other.innerVlan) continue;
    const pair = [Math.min(one.position, other.position), Math.max(one.position, other.position)] as const;
    const key = pair.join(' ');
    const known = found.get(key) ?? { pair, moments: 0, lastNs: Number.NEGATIVE_INFINITY };
    found.set(key, known);
    if (one.unique) known.moments = ENOUGH;
    else if (other.timeNs - known.lastNs >= MOMENT_NS) known.moments++;
    else continue;
    known.lastNs = other.timeNs;
  }
  return [...found.values()].filter(({ moments }) => moments >= ENOUGH).map(({ pair }) => pair);
}

/**
 * By LAN (its first interface): of which trunk's VLAN it is the access side. That is one whose frames have no tags, and
 * more than half of what a trunk saw of them had the same single tag there.
 */
function accessVlans(
  pairs: readonly (readonly [Sighted, Sighted])[],
  find: (position: number) => number,
  trunks: ReadonlySet<number>,
): ReadonlyMap<number, { readonly trunk: number; readonly id: number }> {
  const votes = new Map<number, Map<string, { readonly trunk: number; readonly id: number; count: number }>>();
  for (const [one, other] of pairs) {
    const [untagged, tagged] = one.outerVlan < 0 ? [one, other] : [other, one];
    const [root, trunk, id] = [find(untagged.position), find(tagged.position), tagged.outerVlan];
    if (untagged.outerVlan >= 0 || id < 0 || tagged.innerVlan >= 0 || trunks.has(root)) continue;
    const own = votes.get(root) ?? new Map();
    const vote = own.get(`${trunk} ${id}`) ?? { trunk, id, count: 0 };
    vote.count++;
    votes.set(root, own.set(`${trunk} ${id}`, vote));
  }
  const access = new Map<number, { readonly trunk: number; readonly id: number }>();
  for (const [root, own] of votes) {
    const [first] = [...own.values()].sort((a, b) => b.count - a.count);
    const all = [...own.values()].reduce((sum, { count }) => sum + count, 0);
    if (first !== undefined && first.count >= ENOUGH && 2 * first.count > all) access.set(root, first);
  }
  return access;
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
