import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import { ownNamespace } from '../linux/namespace.ts';
import { watchRoute } from '../linux/netlink/monitor.ts';
import { openRoute } from '../linux/netlink/route.ts';
import { openPacketSocket } from '../linux/packet-socket.ts';
import { type Carrier, createCarrier, removeMacvlans } from './carrier.ts';
import { type Fifo, openFifo } from './fifo.ts';
import { type Filter, type Filtered, installFilters } from './filter.ts';
import { createInstance, type Instance } from './instance.ts';
import type { Log } from './log.ts';
import { createNotifier } from './notify.ts';
import { findPort, type Port } from './port.ts';
import { createReceiver } from './receiver.ts';
import { rehearseTakeover } from './rehearsal.ts';
import { createSilence } from './silence.ts';
import { createGroup, type Group } from './sync-group.ts';
import { createSysctlGuard } from './sysctl-guard.ts';
import { judge, type TrackedObjects, trackObjects } from './tracking.ts';

/** A router that runs. */
export interface Router {
  /** State and counters of every virtual router. */
  describe(): object[];
  /** Priority 0 first, then everything is undone; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** Why the router cannot run on this machine, in words for the user. */
export class RouterError extends Error {
  override readonly name = 'RouterError';
}

/**
 * Starts every virtual router of a configuration in the namespace that this process is in. Where one cannot start
 * nothing is left behind.
 * @throws RouterError, CarrierError, FilterError, FifoError, ScriptError, LinuxError
 */
export async function startRouter(configuration: RouterConfiguration, log: Log): Promise<Router> {
  const namespace = ownNamespace();
  const route = openRoute(namespace);
  const silence = createSilence(namespace, log);
  const sysctls = createSysctlGuard(namespace, log);
  const ports = new Map<string, Port>();
  const carriers: Carrier[] = [];
  const filtered: Filtered[] = [];
  let filter: Filter | undefined;
  const instances: Instance[] = [];
  const onError = (error: Error): void => log.line(`error: ${error.message}`);
  const sender = openPacketSocket({ namespace, interfaceIndex: 0, protocol: 0 });
  const receiver = createReceiver(namespace, onError);
  const monitor = watchRoute(
    namespace,
    ['link', 'address'],
    (change) => {
      if (change.kind === 'link' || change.kind === 'lost') tracked?.linksChanged();
      if (change.kind === 'link') portsChanged(change.link.index);
      else if (change.kind === 'address') portsChanged(change.address.index);
      else if (change.kind === 'lost') portsChanged(undefined);
    },
    onError,
  );
  const fifos: Fifo[] = [];
  const groups: Group[] = [];
  let tracked: TrackedObjects | undefined;
  let startAllowed = false;
  let startupDelay: NodeJS.Timeout | undefined;

  function portsChanged(index: number | undefined): void {
    for (const port of ports.values()) {
      if (index !== undefined && port.index !== index) continue;
      const now = findPort(route, port.name);
      port.usable = now !== undefined && now.index === port.index && now.usable;
      port.addresses = now?.addresses ?? [];
      for (const instance of instances) {
        if (instance.configuration.interfaceName === port.name) instance.portChanged();
      }
    }
  }

  function portOf({ name, interfaceName }: VirtualRouterConfiguration): Port {
    const port = ports.get(interfaceName) ?? findPort(route, interfaceName);
    if (port === undefined) {
      throw new RouterError(
        `the interface ${interfaceName} of vrrp_instance ${name} does not exist here, or is no Ethernet`,
      );
    }
    ports.set(interfaceName, port);
    return port;
  }

  function prepare(router: VirtualRouterConfiguration): Instance {
    const port = portOf(router);
    const notifier = createNotifier({
      ...configuration,
      kind: 'INSTANCE',
      name: router.name,
      scripts: router.notify,
      priorityChanges: router.notifyPriorityChanges,
      fifos,
      log,
    });
    const group = groups.find(({ configuration: { members } }) => members.includes(router.name));
    const carrier = createCarrier({ route, sysctls, log }, router, port);
    carriers.push(carrier);
    filtered.push({ router, carrier });
    const instance = createInstance(router, {
      log,
      port,
      carrier,
      notifier,
      ...(group === undefined ? {} : { group: group.forMember(router.name) }),
      announcementPauseNs: configuration.announcementIntervalNs[router.family],
      send: (frame) => sender.send(frame, port.index),
      drain: () => receiver.drain(),
    });
    for (const index of new Set([port.index, carrier.index])) {
      receiver.register(router.family, router.virtualRouterId, index, (message) => instance.message(message));
    }
    group?.add(instance);
    return instance;
  }

  async function rehearse(): Promise<void> {
    const { virtualRouters } = configuration;
    for (const family of ['ipv4', 'ipv6'] as const) {
      const router = virtualRouters.find((one) => one.family === family);
      const context = { route, send: sender.send, drain: () => receiver.drain() };
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

  async function stop(): Promise<void> {
    clearTimeout(startupDelay);
    tracked?.close();
    for (const instance of instances) instance.stop();
    for (const fifo of fifos) fifo.close();
    monitor.close();
    receiver.close();
    await Promise.all(carriers.map((carrier) => carrier.remove()));
    await removeMacvlans({ route, log });
    await filter?.remove().catch(onError);
    await silence.remove().catch(onError);
    sysctls.restore();
    await sender.closeAsync();
    route.close();
    namespace.close();
  }

  try {
    for (const fifo of configuration.notifyFifos) fifos.push(openFifo(fifo, configuration, log));
    for (const group of configuration.syncGroups) groups.push(createGroup(group, { ...configuration, fifos, log }));
    for (const router of configuration.virtualRouters) instances.push(prepare(router));
    filter = await installFilters(filtered, log);
    await silence.install(filtered.flatMap(({ router, carrier }) => (router.virtualMac ? [carrier.name] : [])));
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
  return { describe: () => instances.map((instance) => instance.describe()), stop };
}
