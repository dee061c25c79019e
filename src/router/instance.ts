import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { saysTheSame } from '../config/same.ts';
import { monotonicNow } from '../linux/clock.ts';
import { PROTOCOL } from '../vrrp/protocol.ts';
import type { Action, FaultReason, Input, TransitionReason, VirtualRouter } from '../vrrp/state.ts';
import { createVirtualRouter } from '../vrrp/virtual-router.ts';
import { addressLengthOf } from '../wire/address.ts';
import { createAdvertiser } from './advertiser.ts';
import { type Announcer, createAnnouncer } from './announcer.ts';
import { createDeadlineTimer } from './deadline-timer.ts';
import { announcementFrame } from './frames.ts';
import { createHistory } from './history.ts';
import type { InstanceContext } from './instance-context.ts';
import { announcedAddresses, parametersOf } from './instance-parameters.ts';
import { createFlapWatch, createVersionWatch } from './irregularities.ts';
import { countDiscard, countRemark, noStatistics } from './observe/statistics.ts';
import { createRouterAdvertiser, type RouterAdvertiser, routerAdvertisementFrames } from './router-advertiser.ts';
import type { Instance } from './running-instance.ts';
import { addressText, createTeller, NOTIFIED_STATES, REASON_TEXTS } from './teller.ts';

/** How often an advertisement of lower priority has announcements repeated and scripts run. */
const LOWER_PRIORITY_AGAIN_NS = 100_000_000;

/** Runs the protocol of one virtual router on real time: a timer of the kernel, frames in and out, the carrier. */
export function createInstance(initial: VirtualRouterConfiguration, context: InstanceContext): Instance {
  let configuration = initial;
  const { port, carrier, notifier, protocol = PROTOCOL } = context;
  let { pace } = context;
  const { family, name } = configuration;
  const statistics = noStatistics();
  const history = createHistory();
  const { say, fail, discard, remark, flapping, version3Alone } = createTeller(context.log, name);
  const flaps = createFlapWatch();
  const versions = createVersionWatch();
  let advertiser = createAdvertiser(configuration, context);
  let announced = announcedAddresses(configuration);
  let announcedMac: readonly number[] = [];
  let announcer = newAnnouncer();
  let routerAdvertiser = newRouterAdvertiser();
  const isOnPort = carrier.index === port.index;
  let started = false;
  let priority = configuration.priority;
  let trackingFaults: readonly string[] = [];
  let groupMember: string | undefined;
  let faulty = false;
  let lowerPriorityAtNs = Number.NEGATIVE_INFINITY;
  let core = createVirtualRouter(parametersOf(configuration, priority, new Uint8Array(addressLengthOf(family))));
  const timer = createDeadlineTimer(onTimer, fail);

  function newAnnouncer(): Announcer {
    announcedMac = [...carrier.macAddress];
    const frames = announced.map((address) => announcementFrame(address, carrier.macAddress));
    return createAnnouncer(configuration.announcements, frames, pace, (frame) => {
      if (context.send(frame) === 'sent') statistics.announcementsSent += 1;
    });
  }

  function newRouterAdvertiser(): RouterAdvertiser | undefined {
    const { routerAdvertisement: settings } = configuration;
    const frame = routerAdvertisementFrames(configuration, carrier.macAddress);
    if (settings === undefined || frame === undefined) return undefined;
    const make = context.routerAdvertiser ?? createRouterAdvertiser;
    return make({ settings, frame, send: (one) => attempt(() => sendRouterAdvertisement(one)) });
  }

  function sendRouterAdvertisement(frame: Uint8Array): void {
    if (context.send(frame) === 'sent') statistics.routerAdvertisementsSent += 1;
  }

  /** What fails is told, and holds up nothing else: neither the rest of a takeover nor the timer. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      fail(error as Error);
    }
  }

  function give(input: Input, ageNs = 0): void {
    const { virtualRouter, actions } = protocol.step(core, monotonicNow() - ageNs, input);
    core = virtualRouter;
    for (const action of actions) attempt(() => perform(action));
    timer.follow(protocol.deadlineNs(core));
  }

  function onTimer(): void {
    // What arrived before the timer fired, and only waits to be read, counts: a router that was held up for a while
    // must not take over from one that advertised all the time.
    if (core.state.kind === 'backup') attempt(context.drain);
    if (isWaiting() && context.group?.mayBecomeActive() === false) {
      // An advertisement moves the deadline, and the timer is armed anew; the group may come before.
      timer.rest(protocol.deadlineNs(core));
      return;
    }
    give({ kind: 'timer' });
  }

  function isWaiting(): boolean {
    return core.state.kind === 'backup' && monotonicNow() >= core.state.activeDownAtNs;
  }

  function perform(action: Action): void {
    switch (action.kind) {
      case 'advertise':
        advertise(action.priority);
        return;
      case 'transition':
        transition(action.from, action.to, action.reason);
        return;
      case 'announce':
        announcer.begin();
        routerAdvertiser?.begin();
        return;
    }
  }

  function advertise(priority: number): void {
    const result = advertiser.send(priority);
    if (result === undefined) return;
    if (result === 'sent') statistics.advertisementsSent += 1;
    else statistics.unsent += 1;
    if (priority !== 0) return;
    statistics.priorityZeroSent += 1;
    say('sent 0 priority', { event: 'priority-zero-sent' });
  }

  function transition(
    from: VirtualRouter['state']['kind'],
    to: VirtualRouter['state']['kind'],
    reason: TransitionReason,
  ): void {
    if (to === 'active') {
      attempt(() => carrier.engage());
      statistics.becameActive += 1;
      const times = flaps.becameActive(monotonicNow());
      if (times !== undefined) flapping(times);
    }
    if (from === 'active') {
      announcer.end();
      routerAdvertiser?.end();
      carrier.release(to === 'initialize');
      statistics.ceasedActive += 1;
      if (reason === 'higher-priority' || reason === 'greater-address') flaps.gaveWay();
    }
    history.changed(from, to, reason);
    const state = NOTIFIED_STATES[to];
    const fields = { event: 'transition', from, to, reason, priority: core.parameters.priority };
    say(to === 'initialize' ? 'Stopped' : `Entering ${state} STATE (${reasonText(to, reason)})`, fields);
    if (to === 'active') say(`announcing ${announced.length} addresses on ${carrier.name}`, { event: 'announce' });
    notifier.state(state, core.parameters.priority);
    context.group?.changed();
  }

  /** Hosts may have believed it; whoever floods the LAN gets no more work done by this than now and then. */
  function lowerPriorityReceived(): void {
    const nowNs = monotonicNow();
    if (nowNs - lowerPriorityAtNs < LOWER_PRIORITY_AGAIN_NS) return;
    lowerPriorityAtNs = nowNs;
    announcer.repeatAfterLowerPriority();
    notifier.receivedLowerPriority(core.parameters.priority);
  }

  function reasonText(to: VirtualRouter['state']['kind'], reason: TransitionReason): string {
    if (to === 'fault' && port.usable && trackingFaults.length > 0) return trackingFaults.join(', ');
    if (to === 'fault' && !faulty && groupMember !== undefined) return `${groupMember} of its group is in fault`;
    return REASON_TEXTS[reason];
  }

  /** Without a virtual MAC the virtual addresses are at the interface's: hosts are told when it is another one. */
  function followMac(): void {
    if (saysTheSame(announcedMac, [...carrier.macAddress])) return;
    announcer.end();
    announcer = newAnnouncer();
    routerAdvertiser?.close();
    routerAdvertiser = newRouterAdvertiser();
    if (core.state.kind !== 'active') return;
    announcer.begin();
    routerAdvertiser?.begin();
  }

  /** Looks at everything that may be a fault, and takes the step that follows. */
  function review(): void {
    if (!started) return;
    const before = faulty;
    faulty = !isPortUsable() || trackingFaults.length > 0;
    const fault = faulty || groupMember !== undefined;
    if (fault && core.state.kind !== 'fault') give({ kind: 'fault-began', reason: faultReason() });
    else if (!fault && core.state.kind === 'fault') give({ kind: 'fault-ended' });
    if (faulty !== before) context.group?.changed();
  }

  /** Usable: the link is up, and there is a source address; the frames follow the address. */
  function isPortUsable(): boolean {
    const outcome = advertiser.refresh(core.parameters.priority);
    if (outcome === 'none') return false;
    if (outcome === 'changed') {
      const source = advertiser.source!;
      core = { state: core.state, parameters: parametersOf(configuration, priority, source) };
      say(`advertises from ${addressText(source)} by ${port.name}`);
    }
    return port.usable || configuration.ignoreInterfaceFaults;
  }

  /** Where the link still works the others are told by priority 0. */
  function faultReason(): FaultReason {
    return port.usable ? 'tracking' : 'interface-lost';
  }

  return {
    get configuration() {
      return configuration;
    },
    start() {
      if (started) return;
      started = true;
      const usable = isPortUsable();
      faulty = !usable || trackingFaults.length > 0;
      if (!usable)
        say(`waits for ${port.name}: ${port.usable ? `no ${family} source address yet` : 'the link is down'}`);
      if (faulty || groupMember !== undefined) give({ kind: 'fault-began', reason: faultReason() });
      give({ kind: 'startup' });
      context.group?.changed();
    },
    message(message, ageNs) {
      if (!started) return;
      const reception = protocol.receive(core.parameters, message);
      if (reception.verdict === 'discard') {
        countDiscard(statistics, reception.reason);
        // Its own frames come back from switches that reflect, and from the other side of a macvlan.
        if (reception.reason !== 'own-frame') discard(reception.reason, message);
        return;
      }
      const { advertisement, remarks } = reception;
      statistics.advertisementsReceived += 1;
      if (advertisement.priority === 0) statistics.priorityZeroReceived += 1;
      history.heard(advertisement.sourceAddress);
      for (const each of remarks) {
        countRemark(statistics, each);
        remark(each, message);
      }
      if (core.parameters.alsoVersion2 && versions.speaksVersion3Alone(advertisement)) {
        version3Alone(advertisement.sourceAddress);
      }
      const wasActive = core.state.kind === 'active';
      give({ kind: 'advertisement', advertisement }, ageNs);
      if (!wasActive || core.state.kind !== 'active' || advertisement.priority === 0) return;
      lowerPriorityReceived();
    },
    solicited: () => routerAdvertiser?.solicited(),
    portChanged() {
      review();
      followMac();
    },
    concerns(change) {
      const isActive = core.state.kind === 'active';
      if (change.kind === 'lost') return true;
      if (change.kind === 'link') {
        const { index, up, running, name: link } = change.link;
        if (index === carrier.index && (change.removed || (!isOnPort && up !== isActive))) return true;
        return isActive && running && index !== carrier.index && carrier.uses?.(link) === true;
      }
      if (change.kind !== 'address' || !isActive) return false;
      // What the macvlan carries of an owner's addresses hangs on those of the interface.
      return change.address.index === carrier.index ? change.removed : change.address.index === port.index;
    },
    reviewCarrier() {
      try {
        const found = carrier.review();
        if (found === 'restored') announcer.repeat();
        return found;
      } catch (error) {
        fail(error as Error);
        return 'well';
      }
    },
    judged(effective, faults) {
      trackingFaults = faults;
      // In fault the priority stays, as keepalived has it: nobody hears it.
      if (effective !== priority && faults.length === 0) {
        if (started) say(`Changing effective priority from ${priority} to ${effective}`, { event: 'priority' });
        priority = effective;
        give({ kind: 'priority-changed', priority });
        if (started) notifier.priorityChanged(NOTIFIED_STATES[core.state.kind], priority);
      }
      review();
    },
    reconfigure(next, nextPace) {
      const isSame = nextPace === pace && saysTheSame(configuration, next);
      configuration = next;
      pace = nextPace;
      attempt(() => carrier.reconfigure(next));
      if (isSame) return;
      const before = new Set(announced.map(addressText));
      announced = announcedAddresses(next);
      announcer.end();
      announcer = newAnnouncer();
      routerAdvertiser?.close();
      routerAdvertiser = newRouterAdvertiser();
      advertiser.close();
      advertiser = createAdvertiser(next, context);
      attempt(() => advertiser.refresh(core.parameters.priority));
      const source = advertiser.source ?? core.parameters.primaryAddress;
      core = { ...core, parameters: parametersOf(next, priority, source) };
      const fresh = announced.filter((address) => !before.has(addressText(address)));
      if (core.state.kind === 'active') {
        announcer.begin(fresh.map((address) => announcementFrame(address, carrier.macAddress)));
        routerAdvertiser?.begin();
      }
      review();
    },
    standing: () => ({ state: core.state.kind, waiting: isWaiting(), faulty, priority: core.parameters.priority }),
    becomeActive() {
      if (core.state.kind !== 'backup') return;
      core = { ...core, state: { ...core.state, activeDownAtNs: monotonicNow() } };
      give({ kind: 'timer' });
    },
    yield() {
      give({ kind: 'yield' });
    },
    groupFault(member) {
      groupMember = member;
      review();
    },
    stop() {
      if (started) give({ kind: 'shutdown' });
      started = false;
      routerAdvertiser?.close();
      advertiser.close();
      timer.close();
    },
    view: () => ({ configuration, core, statistics, history: history.view() }),
  };
}
