import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import { ownNamespace } from '../linux/namespace.ts';
import type { Link } from '../linux/netlink/link-decode.ts';
import { type RouteChange, watchRoute } from '../linux/netlink/monitor.ts';
import { openRoute } from '../linux/netlink/route.ts';
import { openPacketSocket } from '../linux/packet-socket.ts';
import { createAwaited } from './awaited.ts';
import { createClaims } from './claims.ts';
import { type Conduct, RIGHT_CONDUCT } from './conduct.ts';
import { createFifos } from './fifo.ts';
import { installFilters, removeFilters, replaceFilters } from './filter.ts';
import { createFoundLinks } from './found-links.ts';
import { createNotifiers } from './instance-notifiers.ts';
import { createLeftovers } from './leftovers.ts';
import { openLifeline } from './lifeline.ts';
import type { Log } from './log.ts';
import { createMembers } from './members.ts';
import { addErrors, type RouterView } from './observe/statistics.ts';
import { createPaces } from './pace.ts';
import { findPort } from './port.ts';
import { createPorts } from './ports.ts';
import { createReceiver } from './receiver.ts';
import { rehearseTakeover } from './rehearsal.ts';
import { planReload } from './reload.ts';
import type { Instance } from './running-instance.ts';
import { createSolicitations } from './solicitations.ts';
import { createStatics } from './statics.ts';
import { createGroups } from './sync-groups.ts';
import { createSysctlGuard, type SysctlChange } from './sysctl-guard.ts';
import { createSysctlMemory } from './sysctl-memory.ts';
import { usesSysctl } from './sysctls.ts';
import { createUnknownTeller } from './teller.ts';
import { judge, type TrackedObjects, trackObjects } from './tracking.ts';
import { inTurns } from './turns.ts';

/** A router that runs. */
export interface Router {
  /** State and counters of every virtual router, and of the whole. */
  view(): RouterView;
  /** Goes on with another configuration; virtual routers that are the same keep their beat. @throws ScriptError, FifoError */
  reload(configuration: RouterConfiguration): Promise<void>;
  /** Priority 0 first, then everything is undone; resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Starts every virtual router of a configuration in the namespace that this process is in. Where one cannot start
 * nothing is left behind.
 * @param conduct other than by the RFCs, where a bench wants it so
 * @throws RouterError, MacvlanError, FilterError, FifoError, ScriptError, LinuxError
 */
export async function startRouter(
  initial: RouterConfiguration,
  log: Log,
  conduct: Conduct = RIGHT_CONDUCT,
): Promise<Router> {
  let configuration = conduct.reads(initial);
  const namespace = ownNamespace();
  const route = openRoute(namespace);
  const lifeline = openLifeline(namespace);
  const silence = conduct.createSilence(lifeline, log);
  const onError = (error: Error): void => log.line(`error: ${error.message}`);
  const claims = createClaims(lifeline);
  const sysctlMemory = createSysctlMemory(namespace, claims, onError);
  const sysctls = createSysctlGuard(namespace, log, sysctlMemory);
  const found = createFoundLinks({ route, log, note: (texts) => sysctlMemory.noteLinks(texts) });
  /** The processes of other routers here, as they were when this one began. */
  let others: readonly number[] | undefined = [];
  const mayBeOthers = (): boolean => others !== undefined && others.length > 0;
  const statics = createStatics({ route, log, mayBeOthers });
  const present = new Set(route.links().map(({ index }) => index));
  const instances: Instance[] = [];
  const ports = createPorts({ route, log, instances, rebuild });
  const sender = openPacketSocket({ namespace, interfaceIndex: 0, protocol: 0 });
  const receiver = createReceiver(namespace, { onError, onUnknown: createUnknownTeller(log) });
  const solicitations = createSolicitations(namespace, onError);
  const monitor = watchRoute(namespace, ['link', 'address'], linksChanged, onError);
  const fifos = createFifos(log);
  const notifiers = createNotifiers(fifos.open, log);
  const groups = createGroups(fifos.open, log);
  const paces = createPaces();
  const members = createMembers({
    route,
    sysctls,
    lifeline,
    claims,
    found,
    log,
    mayBeOthers,
    namespace,
    conduct,
    silence,
    instances,
    sender,
    receiver,
    solicitations,
    notifiers,
    groups,
    paces,
    findPort: ports.find,
    onError,
  });
  const { filtered } = members;
  const awaited = createAwaited();
  let tracked: TrackedObjects | undefined;
  const since = new Date();
  let startAllowed = false;
  let startupDelay: NodeJS.Timeout | undefined;
  let pending = Promise.resolve();
  let stopping = false;

  function linksChanged(change: RouteChange): void {
    if (change.kind === 'link' || change.kind === 'lost') tracked?.linksChanged();
    if (change.kind === 'link') sysctlsOf(change.link, change.removed);
    if (change.kind === 'link' && change.link.running && change.link.kind !== 'macvlan')
      statics.review(change.link.name);
    if (change.kind === 'link' && !change.removed) arrived(change.link.name);
    else if (change.kind === 'lost') arrived(undefined);
    if (change.kind === 'link') ports.linkChanged(change.link, change.removed);
    else if (change.kind === 'address') ports.changed(change.address.index);
    else if (change.kind === 'lost') ports.changed();
    for (const instance of [...instances]) if (instance.concerns(change)) ports.review(instance);
  }

  /** Parameters come and go with their interface. */
  function sysctlsOf({ index, name }: Link, removed: boolean): void {
    if (removed) {
      present.delete(index);
      sysctls.forget(name);
    } else if (!present.has(index)) {
      present.add(index);
      sysctls.inherit(name);
    }
  }

  /** Links that a killed router used, what it set, and what interfaces that came since have of it. */
  function takeOver(changes: readonly SysctlChange[], links: readonly string[]): void {
    found.adopt(links);
    sysctls.adopt(changes);
    for (const { name } of route.links()) sysctls.inherit(name);
  }

  function cannotTell(error: Error): undefined {
    onError(error);
  }

  /** One after the other: reloads, and virtual routers that are made anew because their interface was. */
  function enqueue(work: () => Promise<void>): Promise<void> {
    const done = pending.then(work);
    pending = done.catch(() => {});
    return done;
  }

  function rebuild(instance: Instance): void {
    enqueue(async () => {
      if (stopping || !instances.includes(instance)) return;
      await members.retire(instance);
      await add(instance.configuration);
      judgeAll();
    }).catch(onError);
  }

  /** Whether a virtual router has to wait for its interface: it is said, and its sync group is in fault. */
  function waits(router: VirtualRouterConfiguration): boolean {
    const { name, interfaceName } = router;
    if (!configuration.dynamicInterfaces || findPort(route, interfaceName) !== undefined) return false;
    log.line(`(${name}) waits for the interface ${interfaceName}`);
    awaited.wait(router);
    groups.of(name)?.miss(name);
    return true;
  }

  function arrived(interfaceName: string | undefined): void {
    const routers = awaited.take(interfaceName);
    if (routers.length === 0) return;
    enqueue(async () => {
      for (const router of routers) if (!stopping && configuration.virtualRouters.includes(router)) await add(router);
      judgeAll();
    }).catch(onError);
  }

  /** What cannot be is said, and the others go on. */
  async function add(router: VirtualRouterConfiguration): Promise<void> {
    if (waits(router)) return;
    let instance: Instance | undefined;
    try {
      instance = members.prepare(router, configuration);
      await installFilters(filtered.slice(-1), log);
      await silence.install(filtered.slice(-1));
      instances.push(instance);
    } catch (error) {
      log.line(`(${router.name}) cannot start: ${(error as Error).message}`);
      instance?.stop();
      await members.abandon(router);
      groups.of(router.name)?.miss(router.name);
    }
  }

  /**
   * Goes on with another configuration. Everything that can be refused is made first, and then the old one goes on. What
   * takes time is done in pieces: advertisements leave in between.
   * @throws ScriptError, FifoError, FilterError
   */
  async function reload(next: RouterConfiguration): Promise<void> {
    others = await claims.others().catch(cannotTell);
    const { kept, retired, added, restarts } = await planReload(instances, next.virtualRouters);
    const fifoChange = fifos.prepare(next.notifyFifos, next);
    try {
      const nextNotifiers = await notifiers.prepare(next);
      const nextGroups = groups.prepare(next);
      await replaceFilters(
        filtered,
        kept.map(([, router]) => router),
        log,
      );
      const nextTracked = trackObjects(next, route, tracked?.states, log, judgeAll);
      fifoChange.replace();
      tracked?.close();
      tracked = nextTracked;
      nextGroups.replace();
      nextNotifiers.replace();
    } catch (error) {
      fifoChange.discard();
      throw error;
    }
    await silence.renew(filtered).catch(onError);
    configuration = next;
    awaited.clear();
    statics.replace(next);
    for (const line of restarts) log.line(line);
    for (const instance of retired) await members.retire(instance);
    await inTurns(kept, ([instance, router]) => {
      instance.reconfigure(router, paces.of(router, next).pace);
      members.hearSolicitations(instance);
      instance.groupFault(undefined);
      groups.of(router.name)?.adopt(instance);
    });
    for (const router of added) await add(router);
    judgeAll();
  }

  async function rehearse(): Promise<void> {
    const { virtualRouters } = configuration;
    for (const family of ['ipv4', 'ipv6'] as const) {
      const router = virtualRouters.find((one) => one.family === family);
      const context = { namespace, route, log, send: sender.send, drain: () => receiver.drain() };
      if (router !== undefined) await rehearseTakeover(context, router);
    }
  }

  /** Gives every virtual router its effective priority and its faults, and starts those that may. */
  function judgeAll(): void {
    if (tracked === undefined) return;
    for (const instance of instances) {
      const { tracking, priority } = instance.configuration;
      const judgement = judge(tracking, priority, tracked.states);
      instance.judged(judgement.priority, judgement.faults);
      // A script that decides is waited for: its timeout is the limit.
      if (startAllowed && !judgement.undecided) instance.start();
    }
  }

  function startAll(): void {
    startAllowed = true;
    judgeAll();
  }

  function view(): RouterView {
    const views = instances.map((instance) => instance.view());
    const { unknownVirtualRouter, tooShort } = receiver.counters;
    const errors = addErrors(members.errorsOfRetired, views);
    errors.virtualRouterId += unknownVirtualRouter;
    errors.truncated += tooShort;
    return { since, instances: [...views, ...awaited.views()], errors };
  }

  async function stop(): Promise<void> {
    stopping = true;
    await pending;
    clearTimeout(startupDelay);
    tracked?.close();
    for (const instance of instances) instance.stop();
    fifos.close();
    monitor.close();
    receiver.close();
    solicitations.close();
    await members.removeCarriers();
    await conduct.removeMacvlans({ route, log });
    await removeFilters(filtered).catch(onError);
    await silence.remove().catch(onError);
    lifeline.close();
    statics.remove();
    sysctls.restore();
    found.restore();
    sysctlMemory.forget();
    await sender.closeAsync();
    route.close();
    namespace.close();
  }

  try {
    fifos.prepare(configuration.notifyFifos, configuration).replace();
    groups.prepare(configuration).replace();
    others = await claims.others().catch(cannotTell);
    // Who is refused has changed nothing of another router's.
    const ready = configuration.virtualRouters.filter((router) => !waits(router));
    for (const router of ready) members.claim(router);
    await sysctlMemory.recall(takeOver).catch(onError);
    const leftovers = createLeftovers({ route, log, others });
    leftovers.clear(configuration);
    for (const router of ready) instances.push(members.prepare(router, configuration));
    if (others?.length === 0) sysctls.restoreUnused((name) => usesSysctl(configuration, name));
    found.putBackUnused();
    await leftovers.clearTables().catch(onError);
    statics.replace(configuration);
    ports.changed();
    await installFilters(filtered, log);
    await silence.install(filtered);
    await rehearse();
    tracked = trackObjects(configuration, route, undefined, log, judgeAll);
  } catch (error) {
    await stop();
    throw error;
  }
  if (configuration.startupDelayNs === 0) startAll();
  else {
    const delayMs = configuration.startupDelayNs / 1e6;
    log.line(`virtual routers start in ${delayMs / 1000} s`);
    startupDelay = setTimeout(startAll, delayMs);
  }
  return {
    view,
    reload: (next) => enqueue(() => reload(conduct.reads(next))),
    stop,
  };
}
