import type { Variant } from '../scenario/variant.ts';

/** One LAN with its routers and what happens to them: plain data, that the seed alone decides and that can be made smaller. */
export interface Case {
  /** What the case was made from, and what chance draws from while it is played. */
  readonly seed: number;
  /** The document that routers of version 3 follow. */
  readonly rfc: '5798' | '9568';
  readonly routers: readonly CaseRouter[];
  readonly virtualRouters: readonly CaseVirtualRouter[];
  /** Whether a host pings each virtual router. */
  readonly host: boolean;
  readonly schedule: readonly CaseStep[];
}

/** The VRID of the first virtual router, as in scenarios that say none. */
export const FIRST_VRID = 51;

/** A router, in each virtual router of the LAN. */
export interface CaseRouter {
  /** `r1`; the number in it is the node's in its addresses. */
  readonly name: string;
  /** Its own advertisement interval; the virtual router's where it is absent. */
  readonly intervalMs?: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  /** How fast its clock is, in millionths; 0 where it is right. */
  readonly driftPpm: number;
  /** How long its process may wait for a core before each thing that it does. */
  readonly schedulingDelayMs: number;
  readonly misbehaviour?: string;
}

export interface CaseVirtualRouter {
  readonly id: number;
  readonly variant: Variant;
  readonly intervalMs: number;
  /** By router. */
  readonly priorities: Readonly<Record<string, number>>;
}

/** What is done to one router. */
export const ROUTER_STEPS = [
  'start',
  'stop',
  'kill',
  'freeze',
  'thaw',
  'power-off',
  'power-on',
  'pull-cable',
  'plug-cable',
] as const;
export type RouterStepKind = (typeof ROUTER_STEPS)[number];

/** What goes wrong in the wire at a router's port, until it ends. */
export type CaseFault =
  /** All its frames, both ways: an isolated router. */
  | { readonly kind: 'isolate'; readonly router: string }
  /** Its advertisements reach nobody, or it hears none. */
  | { readonly kind: 'mute' | 'deafen'; readonly router: string }
  /** The advertisements of one router do not reach another. */
  | { readonly kind: 'cut'; readonly from: string; readonly router: string }
  /** No advertisement passes between these and the rest. */
  | { readonly kind: 'partition'; readonly routers: readonly string[] }
  /** Each advertisement that would reach it is lost with this chance. */
  | { readonly kind: 'loss'; readonly router: string; readonly chance: number }
  /** The n-th advertisement that would reach it from here on is lost. */
  | { readonly kind: 'lose-one'; readonly router: string; readonly position: number }
  | { readonly kind: 'delay'; readonly router: string; readonly byMs: number; readonly jitterMs: number }
  | { readonly kind: 'duplicate' | 'reorder'; readonly router: string }
  | { readonly kind: 'corrupt'; readonly router: string; readonly chance: number };

/** An advertisement that none of the routers has sent. */
export interface ForgedAdvertisement {
  readonly virtualRouterId: number;
  readonly priority: number;
  /** The router whose address it comes from; the tester's unless said. */
  readonly as?: string;
  /** The one thing that is wrong with it. */
  readonly flaw?: Flaw;
}

export const FLAWS = [
  'ttl',
  'version',
  'type',
  'cut',
  'checksum',
  'authentication',
  'count-zero',
  'interval-zero',
  'interval',
  'destination',
] as const;
export type Flaw = (typeof FLAWS)[number];

export type CaseStep =
  | { readonly kind: 'pause'; readonly forMs: number }
  | { readonly kind: RouterStepKind; readonly router: string }
  | { readonly kind: 'begin-fault'; readonly name: string; readonly fault: CaseFault }
  | { readonly kind: 'end-fault'; readonly name: string }
  | { readonly kind: 'forge'; readonly advertisement: ForgedAdvertisement };

export type RouterStep = Extract<CaseStep, { readonly router: string }>;

/** Whether a step is one of those that are done to one router. */
export function isRouterStep(step: CaseStep): step is RouterStep {
  return (ROUTER_STEPS as readonly string[]).includes(step.kind);
}

/** The advertisement interval of a router in a virtual router, in milliseconds. */
export function intervalMsOf(virtualRouter: CaseVirtualRouter, router: CaseRouter): number {
  return router.intervalMs ?? virtualRouter.intervalMs;
}

/** Every router that a fault names. */
export function routersOfFault(fault: CaseFault): readonly string[] {
  if (fault.kind === 'partition') return fault.routers;
  return fault.kind === 'cut' ? [fault.from, fault.router] : [fault.router];
}
