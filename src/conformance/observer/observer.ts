import type { RunEvent } from '../../capture/event.ts';
import type { CaptureInterface, FrameRecord } from '../../capture/frame.ts';
import { createFrameRecord, DIRECTION_IN, DIRECTION_UNKNOWN } from '../../capture/frame.ts';
import type { Intent } from '../../capture/intent.ts';
import type { Nanoseconds, TimeOrigin } from '../../capture/time.ts';
import { createFrameCursor, readFrame } from '../../wire/frame.ts';
import { ETHER_TYPE_ARP } from '../../wire/link.ts';
import { virtualRouterIdOfMac } from '../../wire/mac.ts';
import { FRAGMENT_NONE, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_VRRP } from '../../wire/network.ts';
import { PROBLEM_CUT, PROBLEM_NONE } from '../../wire/problem.ts';
import type { Family } from '../../wire/vrrp.ts';
import { createAfterTakeover, lookAtTraffic } from '../causes/after-takeover.ts';
import { notePlace } from '../causes/hosts.ts';
import { placeName } from '../causes/overlaps.ts';
import { createWitness, explain, noteSeen } from '../causes/witness.ts';
import type { Observation } from '../result.ts';
import { createJudge } from '../rules/judge.ts';
import { RULES } from '../rules/rules.ts';
import { createAdvertisements } from './advertisements.ts';
import type { Observer, ObserverOptions } from './api.ts';
import { concludeObservation, findingsSoFar } from './conclusion.ts';
import type { Context } from './context.ts';
import { DEFAULT_LIMITS } from './context.ts';
import { createControl } from './control.ts';
import { createCopies } from './copies.ts';
import { createDataPlane } from './data-plane.ts';
import { createFindings, referenceTo } from './findings.ts';
import { createHoles } from './holes.ts';
import type { Place } from './lans.ts';
import { createLans } from './lans.ts';
import { createLosses } from './losses.ts';
import { createNodes } from './nodes.ts';
import { judgeMisplaced, looksMisplaced } from './protocol.ts';
import { beginShutdown, endShutdown } from './shutdown.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';
import { splitTimeline } from './tenure.ts';
import { activeRouters, activityOf, tenuresOf } from './views.ts';
import { createVirtualRouters } from './virtual-routers.ts';

/** Octets of an advertisement that tell version and VRID; and priority and interval as well, without which a cut one says nothing. */
const SHORTEST_LENGTH = 2;
const TELLING_LENGTH = 6;
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
/** Time stamps that go back farther than this are a step of the clock, not frames out of order. */
const STEP_BACK_NS = 1_000_000_000;

/** Makes an observer of everything that the options ask for. */
export function createObserver(options: ObserverOptions = {}): Observer {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const findings = createFindings(limits.findings);
  const interfaces: CaptureInterface[] = [];
  let { intent } = options;
  const context: Context = {
    options: {
      ...options,
      get intent() {
        return intent;
      },
    },
    limits,
    findings,
    judge: createJudge(RULES, findings),
    nodes: createNodes(),
    losses: createLosses(),
    vantage: { ports: false, outside: false, resolutionNs: 1 },
    witness: createWitness(),
    afterTakeover: createAfterTakeover(),
    interfaces,
    record: createFrameRecord(),
  };
  const virtualRouters = createVirtualRouters(context);
  const lans = createLans();
  const advertisements = createAdvertisements(context, virtualRouters);
  const control = createControl(context, virtualRouters);
  const dataPlane = createDataPlane(context, virtualRouters);
  const copies = createCopies();
  const holes = createHoles(context);
  const cursor = createFrameCursor();
  const fromNs = options.fromNs ?? Number.NEGATIVE_INFINITY;
  const toNs = options.toNs ?? Number.POSITIVE_INFINITY;
  let origin: TimeOrigin = { unixNanoseconds: 0n };
  let frames = 0;
  let firstNs: Nanoseconds | undefined;
  // A field, because a variable of a closure would allocate for each time.
  const clock = { newestNs: NEVER };
  let linkAddresses = false;
  let hasPlaces = false;
  let observation: Observation | undefined;

  function expectIntent(): void {
    for (const { lan, virtualRouterId, family, addresses } of intent?.virtualRouters ?? []) {
      virtualRouters.expect(lans.byName(lan), virtualRouterId, family, addresses);
    }
  }

  function takeTime(timeNs: Nanoseconds): void {
    firstNs ??= timeNs;
    if (timeNs > clock.newestNs) clock.newestNs = timeNs;
    else if (clock.newestNs - timeNs > STEP_BACK_NS) stepClock(timeNs);
  }

  function stepClock(timeNs: Nanoseconds): void {
    for (const virtualRouter of virtualRouters.all) splitTimeline(context, virtualRouter);
    for (const lan of lans.all) {
      lan.firstFrameNs = timeNs;
      lan.lastFrameNs = timeNs;
      lan.previousFrameNs = NEVER;
    }
    clock.newestNs = timeNs;
  }

  function noteOnLan(lan: LanState, timeNs: Nanoseconds): void {
    if (lan.firstFrameNs === NEVER) lan.firstFrameNs = timeNs;
    lan.previousFrameNs = lan.lastFrameNs;
    lan.lastFrameNs = timeNs;
  }

  /** Where several interfaces are captured without ports: the LAN of the frame's first sighting, if it is a copy. */
  function isCopy(place: Place, lan: LanState): boolean {
    const { packetInterface } = cursor;
    if ((interfaces.length < 2 && packetInterface < 0) || place.nodeIndex !== 0) return false;
    const original = copies.original(context.record, cursor, lan);
    if (original === undefined) return false;
    if (original === lan) return true;
    // Announcements of two LANs may be alike octet by octet: it is advertisements that tell which are one.
    if (cursor.protocol !== PROTOCOL_VRRP) return lan.virtualRouters.length === 0;
    if (lan.virtualRouters.length === 0) lans.join(place, cursor, original);
    return true;
  }

  function dispatch(place: Place, lan: LanState): void {
    const { bytes } = context.record;
    if (cursor.protocol === PROTOCOL_ICMP || cursor.protocol === PROTOCOL_ICMPV6) takeIcmp(place, lan);
    if (cursor.sourceMac >= 0 && hasPlaces && bytes[cursor.sourceMac + 2] === 0x5e) noteMacPlace(place, lan);
    if (cursor.protocol === PROTOCOL_VRRP) {
      if (cursor.fragment !== FRAGMENT_NONE) {
        noteSeen(context.witness.fragments, context.record);
        return;
      }
      const length = cursor.transportEnd - cursor.transportOffset;
      if (length < (cursor.cut ? TELLING_LENGTH : SHORTEST_LENGTH)) {
        if (cursor.cut) context.witness.cut++;
        return;
      }
      if (!isCopy(place, lan)) advertisements.take(place, lan, cursor);
      return;
    }
    // What is no advertisement counts where it left its sender, or where a tap saw it.
    if (place.nodeIndex !== 0 && context.record.direction === DIRECTION_IN) {
      dataPlane.arrived(lan, cursor, place.sender);
      return;
    }
    if (context.vantage.ports && dataPlane.left(lan, cursor, place.sender)) return;
    explain(context.witness, lan, cursor, context.record);
    if (context.record.timeNs <= context.afterTakeover.untilNs) lookAtTraffic(context, lan, cursor);
    if (cursor.etherType === ETHER_TYPE_ARP) {
      if (!isCopy(place, lan)) control.arp(lan, cursor, place.sender);
    } else if (cursor.protocol === PROTOCOL_ICMPV6) {
      if (!isCopy(place, lan)) control.icmpV6(lan, cursor, place.sender);
    } else if (cursor.protocol === PROTOCOL_IGMP) {
      if (!isCopy(place, lan)) control.igmp(lan, cursor, place.sender);
    } else if (looksMisplaced(bytes, cursor)) {
      judgeMisplaced(context, virtualRouters, lan, cursor);
    } else if (cursor.sourceMac >= 0 && bytes[cursor.sourceMac + 2] === 0x5e) {
      control.ipFromVirtualMac(lan, cursor, place.sender);
    }
  }

  /** A redirect counts where it left its sender, or where a tap saw it; who answered a ping a tap tells by the MAC address. */
  function takeIcmp(place: Place, lan: LanState): void {
    const isArrival = place.nodeIndex !== 0 && context.record.direction === DIRECTION_IN;
    if (isArrival || cursor.sourceMac < 0) return;
    dataPlane.redirect(lan, cursor, place.sender);
    if (!context.vantage.ports && dataPlane.isAnswer(lan, cursor) && !isCopy(place, lan))
      dataPlane.answered(lan, cursor);
  }

  /** A frame from a virtual MAC came in at a port, by which switches learn. */
  function noteMacPlace(place: Place, lan: LanState): void {
    const { bytes, direction, interfaceIndex } = context.record;
    if (place.nodeIndex !== 0 && direction === DIRECTION_IN) return;
    for (const family of FAMILIES) {
      const id = virtualRouterIdOfMac(bytes, cursor.sourceMac, family === 'ipv4' ? 4 : 16);
      const virtualRouter = id > 0 ? virtualRouters.find(lan, id, family) : undefined;
      const name = place.sender.node ?? placeName(interfaces, interfaceIndex);
      if (virtualRouter !== undefined) notePlace(virtualRouter.hosts, name, referenceTo(context.record));
    }
  }

  function addInterface(index: number, description: CaptureInterface): void {
    interfaces[index] = description;
    const place = lans.addInterface(index, description);
    if (place.nodeIndex !== 0) context.vantage.ports = true;
    if (description.port?.outside === true) context.vantage.outside = true;
    // Captures of several hosts say where a frame was seen, not by which port of a switch it came.
    hasPlaces = interfaces.length > 1 && interfaces.every(({ file }) => file === undefined);
    if (description.resolutionNanoseconds > context.vantage.resolutionNs) {
      context.vantage.resolutionNs = description.resolutionNanoseconds;
    }
  }

  function takeEvent(event: RunEvent): void {
    if (observation !== undefined) return;
    const { timeNs } = event;
    if (event.kind === 'router-stopping') {
      forRouter(event.router, (virtualRouter) => {
        const router = virtualRouter.routers.find(({ node }) => node === event.router);
        if (router !== undefined) beginShutdown(router, timeNs);
      });
    } else if (event.kind === 'router-exited' || event.kind === 'router-started' || event.kind === 'power-off') {
      const name = 'node' in event ? event.node : event.router;
      forRouter(name, (virtualRouter) => {
        const router = virtualRouter.routers.find(({ node }) => node === name);
        if (router !== undefined) endShutdown(context, router);
      });
    } else if (event.kind === 'clock-step') {
      stepClock(timeNs);
    }
    context.nodes.event(event);
  }

  function forRouter(name: string, visit: (virtualRouter: VirtualRouterState) => void): void {
    for (const virtualRouter of virtualRouters.all) {
      if (virtualRouter.routers.some(({ node }) => node === name)) visit(virtualRouter);
    }
  }

  function limitsReached(): string[] {
    const reached = [...virtualRouters.limits, ...lans.limits];
    if (advertisements.limitReached) reached.push(`more than ${limits.senders} senders: the others were not looked at`);
    if (findings.limitReached) reached.push(`more than ${limits.findings} findings: the others are not listed`);
    return reached;
  }

  function finish(): Observation {
    if (observation !== undefined) return observation;
    advertisements.settle();
    observation = concludeObservation({
      context,
      virtualRouters: virtualRouters.all,
      origin,
      frames,
      advertisements: advertisements.count,
      firstNs,
      lastNs: clock.newestNs,
      linkAddresses,
      limitsReached,
    });
    return observation;
  }

  function frame(record: FrameRecord): void {
    const { timeNs } = record;
    if (timeNs < fromNs || timeNs > toNs || observation !== undefined) return;
    frames++;
    context.record = record;
    takeTime(timeNs);
    const place = lans.place(record.interfaceIndex);
    const { linkType } = place.description;
    const problem = readFrame(cursor, record.bytes, linkType, record.start, record.end, record.originalLength);
    if (problem === PROBLEM_CUT) context.witness.untold++;
    if (problem !== PROBLEM_NONE && cursor.networkOffset < 0) return;
    if (place.nodeIndex === 0 && record.direction === DIRECTION_UNKNOWN && cursor.packetDirection !== 0) {
      record.direction = cursor.packetDirection === 1 ? 1 : 2;
    }
    const lan = lans.of(place, cursor);
    holes.frame(place);
    noteOnLan(lan, timeNs);
    if (problem !== PROBLEM_NONE) return;
    if (cursor.sourceMac >= 0) linkAddresses = true;
    dispatch(place, lan);
  }

  if (intent !== undefined) expectIntent();

  const find = (query: Parameters<Observer['activeRouters']>[0]) =>
    virtualRouters.all.find(
      ({ key }) =>
        key.virtualRouterId === query.virtualRouterId &&
        key.family === query.family &&
        (query.lan === undefined || query.lan === key.lan),
    );

  return {
    origin(value) {
      origin = value;
    },
    interface: addInterface,
    frame,
    event: takeEvent,
    loss: (loss) => holes.loss(loss, firstNs ?? NEVER, clock.newestNs),
    intent(value: Intent) {
      intent = value;
      expectIntent();
    },
    activeRouters: (query, nowNs = clock.newestNs) => activeRouters(context, find(query), nowNs),
    activity: (query, router) => activityOf(find(query), router),
    tenures: (query) => tenuresOf(context, find(query)),
    findings() {
      if (observation !== undefined) return observation.findings;
      advertisements.settle();
      return findingsSoFar(context, virtualRouters.all, { firstNs: firstNs ?? NEVER, lastNs: clock.newestNs });
    },
    counts: () => ({ frames, advertisements: advertisements.count }),
    virtualRouters: () => virtualRouters.all.filter(({ routers }) => routers.length > 0).map(({ key }) => key),
    finish,
  };
}
