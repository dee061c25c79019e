import type { Answerer } from '../stage/action.ts';
import { parseMac } from '../wire/mac.ts';
import {
  craftedAdvertisement,
  craftedPacket,
  craftedQuestion,
  craftedSolicitation,
  type Place,
} from './compile-frames.ts';
import { type Scene, senderOf, TESTER } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import type { CraftedFrame, SendDescription } from './plan.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { AnswerDocument, KeepSendingDocument, SendDocument } from './schema-send.ts';

/** A send step with every field of its frames, and how long it takes. `number` makes its packets known again. */
export function compileSend(
  scene: Scene,
  said: SendDocument,
  number: number,
  path: DocumentPath,
): { readonly send: SendDescription; readonly forNs: number } {
  const description = compileStream(scene, said, number, path);
  const { count, forNs } = lengthOf(scene, said, description.everyNs, path);
  const send = { ...description, count };
  if (said.last === undefined) return { send, forNs };
  if (count > MOST_BEFORE_LAST)
    throw new DocumentError([...path, 'last'], `expected at most ${MOST_BEFORE_LAST} frames`);
  const last = craftedAdvertisement(scene, description, said.last, [...path, 'last']);
  const before = Array.from({ length: count - 1 }, (_, index) => send.frames[index % send.frames.length]!);
  return { send: { ...send, frames: [...before, last] }, forNs };
}

/** Where the last frame differs every one is written down. */
const MOST_BEFORE_LAST = 1000;

function lengthOf(
  scene: Scene,
  said: SendDocument,
  everyNs: number,
  path: DocumentPath,
): { readonly count: number; readonly forNs: number } {
  if (said.for === undefined) {
    const count = said.count ?? 1;
    return { count, forNs: (count - 1) * everyNs };
  }
  if (said.count !== undefined) throw new DocumentError([...path, 'for'], 'expected either count or for, not both');
  const forNs = termValue(scene, said.for, [...path, 'for']);
  // A frame at the end itself belongs to whatever comes next.
  return { count: Math.max(1, Math.ceil(forNs / everyNs)), forNs };
}

/** What a step keeps sending. */
export function compileStream(
  scene: Scene,
  said: KeepSendingDocument,
  number: number,
  path: DocumentPath,
): Omit<SendDescription, 'count'> {
  const node = requireName(senderOf(scene, said), scene.nodes, 'node', [...path, 'from']);
  const lan = requireName(said.lan ?? scene.lans[0]!, scene.lans, 'LAN', [...path, 'lan']);
  const everyNs = termValue(scene, said.every ?? 'advertisement-interval', [...path, 'every']);
  if (everyNs <= 0) throw new DocumentError([...path, 'every'], 'expected some time between two frames');
  const place = { node, lan };
  const control = said['alternating-with'];
  return {
    node,
    lan,
    frames: [
      compileFrame(scene, place, said, number, path),
      ...(control === undefined ? [] : [craftedAdvertisement(scene, place, control, [...path, 'alternating-with'])]),
    ],
    everyNs,
  };
}

function compileFrame(
  scene: Scene,
  place: Place,
  said: KeepSendingDocument,
  number: number,
  path: DocumentPath,
): CraftedFrame {
  if (said.question !== undefined) return craftedQuestion(scene, place, said.question ?? {}, [...path, 'question']);
  if (said.solicitation !== undefined) return craftedSolicitation(scene, place, [...path, 'solicitation']);
  for (const kind of ['datagram', 'echo'] as const) {
    const packet = said[kind];
    if (packet !== undefined) return craftedPacket(scene, place, kind, packet ?? {}, number, [...path, kind]);
  }
  return craftedAdvertisement(scene, place, said.advertisement ?? {}, [...path, 'advertisement']);
}

/** Who answers for an address, and what. */
export function compileAnswer(scene: Scene, said: AnswerDocument, path: DocumentPath): Answerer {
  const node = requireName(said.from ?? TESTER, scene.nodes, 'node', [...path, 'from']);
  const lan = requireName(said.lan ?? scene.lans[0]!, scene.lans, 'LAN', [...path, 'lan']);
  const asked = said.for === undefined ? {} : { for: said.for };
  const { target, sourceMac } = craftedQuestion(scene, { node, lan }, asked, path);
  if (said.mac !== undefined && parseMac(said.mac) === undefined)
    throw new DocumentError([...path, 'mac'], `'${said.mac}' is no MAC address`);
  return { node, lan, addresses: [target], macAddress: said.mac ?? sourceMac };
}

/** What a step sends, in words: `3 advertisements`. */
export function describeFrames(frames: readonly CraftedFrame[], count?: number): string {
  const word = {
    advertisement: 'advertisement',
    question: 'question',
    solicitation: 'Router Solicitation',
    datagram: 'datagram',
    echo: 'echo request',
  };
  const name = word[frames[0]!.kind];
  if (count === undefined) return `${name}s`;
  const article = /^[aeiou]/.test(name) ? 'an' : 'a';
  return count === 1 ? `${article} ${name}` : `${count} ${name}s`;
}
