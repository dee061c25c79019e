import { ANNOUNCING } from './announcing.ts';
import { DATA_PLANE } from './data-plane.ts';
import { MACHINE } from './machine.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { RECEIVING } from './receiving.ts';
import { ROUTER_ADVERTISING } from './router-advertising.ts';
import { SENDING } from './sending.ts';
import { STATES } from './states.ts';

/** Every misbehaviour: sending, receiving, the state machine, announcements, Router Advertisements, the data plane, the machine. */
export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ...SENDING,
  ...RECEIVING,
  ...STATES,
  ...ANNOUNCING,
  ...ROUTER_ADVERTISING,
  ...DATA_PLANE,
  ...MACHINE,
];

/** The misbehaviour of that name. */
export function findMisbehaviour(name: string): Misbehaviour | undefined {
  return MISBEHAVIOURS.find((one) => one.name === name);
}
