import type { VirtualRouterParameters } from '../../src/vrrp/parameters.ts';
import { type ReceivedMessage, receive } from '../../src/vrrp/receive.ts';
import type { Action, Input, VirtualRouter } from '../../src/vrrp/state.ts';
import { intervalNsToField } from '../../src/vrrp/timers.ts';
import { createVirtualRouter, deadlineNs, step } from '../../src/vrrp/virtual-router.ts';
import { vrrpGroup } from '../../src/wire/address.ts';
import { CHECKSUM_EITHER } from '../../src/wire/vrrp.ts';

/** How long a message takes from one member to another, or undefined where it is lost. */
export type Link = (from: number, to: number, nowNs: number) => number | undefined;

export interface SentAdvertisement {
  readonly timeNs: number;
  readonly from: number;
  readonly priority: number;
}

interface InFlight {
  readonly arrivesNs: number;
  readonly to: number;
  readonly message: ReceivedMessage;
}

/** A storm would go on for ever: no test comes near this many. */
const MAXIMUM_STEPS = 2_000_000;

/**
 * Virtual routers on a tiny network: every advertisement goes through the receiving checks of every other member, after
 * the time that the link says. A member that is undefined has crashed. Time is virtual.
 */
export class Group {
  readonly sent: SentAdvertisement[] = [];
  readonly members: (VirtualRouter | undefined)[];
  link: Link;
  nowNs = 0;
  readonly #parameters: readonly VirtualRouterParameters[];
  #inFlight: InFlight[] = [];
  #steps = 0;

  constructor(parameters: readonly VirtualRouterParameters[], link: Link) {
    this.#parameters = parameters;
    this.members = parameters.map(() => undefined);
    this.link = link;
  }

  start(index: number): void {
    this.members[index] = createVirtualRouter(this.#parameters[index]!);
    this.input(index, { kind: 'startup' });
  }

  crash(index: number): void {
    this.members[index] = undefined;
  }

  input(index: number, input: Input): void {
    const member = this.members[index];
    if (member === undefined) return;
    this.#steps += 1;
    if (this.#steps > MAXIMUM_STEPS) throw new Error(`more than ${MAXIMUM_STEPS} steps: a storm`);
    const { virtualRouter, actions } = step(member, this.nowNs, input);
    this.members[index] = virtualRouter;
    for (const action of actions) this.#perform(index, action);
  }

  /** Lets everything happen that is due until then. Of what is due at the same time, messages come before timers. */
  runUntil(untilNs: number): void {
    for (;;) {
      const message = this.#inFlight[0];
      const timer = this.#nextTimer();
      const dueNs = Math.min(message?.arrivesNs ?? Number.POSITIVE_INFINITY, timer?.dueNs ?? Number.POSITIVE_INFINITY);
      if (dueNs > untilNs) break;
      this.nowNs = Math.max(this.nowNs, dueNs);
      if (message !== undefined && message.arrivesNs === dueNs) {
        this.#inFlight.shift();
        this.#deliver(message);
      } else if (timer !== undefined) {
        this.input(timer.index, { kind: 'timer' });
      }
    }
    this.nowNs = untilNs;
  }

  actives(): readonly number[] {
    return this.members.flatMap((member, index) => (member?.state.kind === 'active' ? [index] : []));
  }

  #nextTimer(): { readonly index: number; readonly dueNs: number } | undefined {
    let next: { readonly index: number; readonly dueNs: number } | undefined;
    for (const [index, member] of this.members.entries()) {
      const dueNs = member === undefined ? undefined : deadlineNs(member);
      if (dueNs !== undefined && (next === undefined || dueNs < next.dueNs)) next = { index, dueNs };
    }
    return next;
  }

  #perform(from: number, action: Action): void {
    if (action.kind !== 'advertise') return;
    this.sent.push({ timeNs: this.nowNs, from, priority: action.priority });
    const message = messageOf(this.#parameters[from]!, action.priority);
    for (let to = 0; to < this.members.length; to++) {
      const delayNs = to === from ? undefined : this.link(from, to, this.nowNs);
      if (delayNs !== undefined) this.#post({ arrivesNs: this.nowNs + delayNs, to, message });
    }
  }

  #post(posted: InFlight): void {
    const later = this.#inFlight.findIndex(({ arrivesNs }) => arrivesNs > posted.arrivesNs);
    this.#inFlight.splice(later === -1 ? this.#inFlight.length : later, 0, posted);
  }

  #deliver({ to, message }: InFlight): void {
    const member = this.members[to];
    if (member === undefined) return;
    const reception = receive(member.parameters, message);
    if (reception.verdict === 'accept') {
      this.input(to, { kind: 'advertisement', advertisement: reception.advertisement });
    }
  }
}

function messageOf(parameters: VirtualRouterParameters, priority: number): ReceivedMessage {
  return {
    ttl: 255,
    version: parameters.version,
    type: 1,
    virtualRouterId: parameters.virtualRouterId,
    priority,
    addressCount: parameters.addresses.length,
    interval: intervalNsToField(parameters.version, parameters.advertisementIntervalNs),
    authenticationType: parameters.authenticationType,
    authenticationData: parameters.authenticationData,
    tooShort: false,
    checksum: CHECKSUM_EITHER,
    sourceAddress: parameters.primaryAddress,
    destinationAddress: vrrpGroup(parameters.family),
    addressList: Uint8Array.from(parameters.addresses.flatMap((address) => [...address])),
    reserved: 0,
  };
}
