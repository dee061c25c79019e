import { ANNOUNCING } from './announcing.ts';
import { DATA_PLANE } from './data-plane.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { RECEIVING } from './receiving.ts';
import { SENDING } from './sending.ts';
import { STATES } from './states.ts';

/** Every misbehaviour: sending, receiving, the state machine, announcements, the data plane. */
export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ...SENDING,
  ...RECEIVING,
  ...STATES,
  ...ANNOUNCING,
  ...DATA_PLANE,
];

/** The misbehaviour of that name. */
export function findMisbehaviour(name: string): Misbehaviour | undefined {
  return MISBEHAVIOURS.find((one) => one.name === name);
}
