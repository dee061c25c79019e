import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Namespace } from '../linux/namespace.ts';
import type { PacketSocket } from '../linux/packet-socket.ts';
import { type Carrier, type CarrierContext, createCarrier } from './carrier.ts';
import type { Claims } from './claims.ts';
import type { Conduct } from './conduct.ts';
import { type Filtered, removeFilters } from './filter.ts';
import { createInstance } from './instance.ts';
import type { Notifiers } from './instance-notifiers.ts';
import { multicastGroupOf } from './instance-parameters.ts';
import { removeMacvlan } from './macvlan.ts';
import { addErrors, noErrors } from './observe/statistics.ts';
import type { Paces } from './pace.ts';
import type { Port } from './port.ts';
import type { Listening, Receiver } from './receiver.ts';
import type { Instance } from './running-instance.ts';
import type { Silence } from './silence.ts';
import type { Solicitations, SolicitedPlace } from './solicitations.ts';
import type { Groups } from './sync-groups.ts';

/** Why the router cannot run on this machine, in words for the user. */
export class RouterError extends Error {
  override readonly name = 'RouterError';
}

/** The virtual routers of a process, each with what it has of the machine. */
export interface Members {
  /** What each has tables of nftables for. */
  readonly filtered: Filtered[];
  /** Of those that have ended at a reload: the sum of all never goes back. */
  readonly errorsOfRetired: ReturnType<typeof noErrors>;
  /** Takes one for this process, before anything is changed for it. @throws RouterError, ClaimError */
  claim(router: VirtualRouterConfiguration): void;
  /** Makes one that is not started, and not among the instances, yet. @throws RouterError, ClaimError, MacvlanError, LinuxError */
  prepare(router: VirtualRouterConfiguration, configuration: RouterConfiguration): Instance;
  /** Takes away what there is of one that could not be made, or could not be put to work. */
  abandon(router: VirtualRouterConfiguration): Promise<void>;
  /** Hosts that ask for routers are heard where it has something to say to them; again after a reload. @throws LinuxError */
  hearSolicitations(instance: Instance): void;
  /** Priority 0 where it is Active, then everything of it goes. */
  retire(instance: Instance): Promise<void>;
  /** Puts back what the carriers found; their macvlans stay. */
  removeCarriers(): Promise<void>;
}

/** What virtual routers are made with; nothing of it is theirs to close. */
export interface MembersContext extends CarrierContext {
  readonly namespace: Namespace;
  readonly claims: Claims;
  readonly conduct: Conduct;
  readonly silence: Silence;
  /** Those that run: who retires goes. */
  readonly instances: Instance[];
  readonly sender: PacketSocket;
  readonly receiver: Receiver;
  readonly solicitations: Solicitations;
  readonly notifiers: Notifiers;
  readonly groups: Groups;
  readonly paces: Paces;
  findPort(name: string): Port | undefined;
  onError(error: Error): void;
}

/** None yet. */
export function createMembers(context: MembersContext): Members {
  const { route, sysctls, lifeline, claims, found, log, mayBeOthers, namespace, conduct, silence, instances } = context;
  const { sender, receiver, solicitations, notifiers, groups, paces } = context;
  const carriers: Carrier[] = [];
  const filtered: Filtered[] = [];
  const listenings = new Map<string, readonly Listening[]>();
  const places = new Map<string, SolicitedPlace>();
  let errorsOfRetired = noErrors();

  function portOf({ name, interfaceName }: VirtualRouterConfiguration): Port {
    const port = context.findPort(interfaceName);
    if (port === undefined) {
      throw new RouterError(
        `the interface ${interfaceName} of vrrp_instance ${name} does not exist here, or is no Ethernet`,
      );
    }
    return port;
  }

  /** Everything of a virtual router that does not run, or no more. */
  async function takeApart({ name, virtualMac }: VirtualRouterConfiguration): Promise<void> {
    notifiers.forget(name);
    for (const listening of listenings.get(name) ?? []) receiver.unregister(listening);
    listenings.delete(name);
    const place = places.get(name);
    if (place !== undefined) solicitations.unregister(place);
    places.delete(name);
    const index = filtered.findIndex(({ router }) => router.name === name);
    if (index < 0) {
      // What its carrier was to be made of is there, perhaps; if it is another's, it is in use.
      const link = virtualMac === undefined ? undefined : route.link(virtualMac.interfaceName);
      const isInUse = filtered.some(({ carrier }) => carrier.index === link?.index);
      if (link !== undefined && !isInUse) await removeMacvlan({ route, log }, link);
    } else {
      const [gone] = filtered.splice(index, 1);
      const { carrier } = gone!;
      carriers.splice(carriers.indexOf(carrier), 1);
      await carrier.remove();
      await removeMacvlan({ route, log }, carrier);
      await removeFilters([gone!]).catch(context.onError);
      await silence.release(gone!).catch(context.onError);
    }
    claims.release(name);
  }

  function hearSolicitations({ configuration, solicited }: Instance): void {
    const place = places.get(configuration.name)!;
    if (configuration.routerAdvertisement === undefined) solicitations.unregister(place);
    else solicitations.register(place, solicited);
  }

  return {
    filtered,
    get errorsOfRetired() {
      return errorsOfRetired;
    },
    claim: (router) => claims.take(router, portOf(router)),
    prepare(configured, configuration) {
      const router = conduct.settings(configured);
      const port = portOf(router);
      claims.take(router, port);
      notifiers.add(router, configuration);
      const carrier = conduct.carrier(
        createCarrier({ route, sysctls, lifeline, found, log, mayBeOthers }, router, port),
        router,
        {
          route,
          log,
        },
      );
      carriers.push(carrier);
      filtered.push({ router, carrier });
      const instance = createInstance(router, {
        log,
        namespace,
        port,
        carrier,
        protocol: conduct.protocol(router),
        notifier: notifiers.of(router.name),
        group: groups.forMember(router.name),
        ...paces.of(router, configuration),
        routerAdvertiser: conduct.routerAdvertiser,
        send: conduct.sender(router, port, (frame) => sender.send(frame, port.index)),
        drain: () => receiver.drain(),
      });
      const own = [...new Set([port.index, carrier.index])].flatMap((index) =>
        conduct.listens(listeningOf(router, index)),
      );
      listenings.set(router.name, own);
      try {
        for (const listening of own) receiver.register(listening, (message, ageNs) => instance.message(message, ageNs));
      } catch (error) {
        // Its timer would keep the process alive.
        instance.stop();
        throw error;
      }
      places.set(router.name, { portIndex: port.index, carrierIndex: carrier.index });
      hearSolicitations(instance);
      groups.of(router.name)?.add(instance);
      return instance;
    },
    hearSolicitations,
    async retire(instance) {
      instance.stop();
      instances.splice(instances.indexOf(instance), 1);
      errorsOfRetired = addErrors(errorsOfRetired, [instance.view()]);
      await takeApart(instance.configuration);
    },
    abandon: takeApart,
    async removeCarriers() {
      await Promise.all(carriers.map((carrier) => carrier.remove()));
    },
  };
}

function listeningOf(router: VirtualRouterConfiguration, interfaceIndex: number): Listening {
  const { family, virtualRouterId, unicast } = router;
  return {
    family,
    virtualRouterId,
    interfaceIndex,
    group: unicast === undefined ? multicastGroupOf(router) : undefined,
  };
}
