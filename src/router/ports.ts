import type { Link } from '../linux/netlink/link-decode.ts';
import type { Route } from '../linux/netlink/route.ts';
import { formatMac } from '../wire/mac.ts';
import type { Log } from './log.ts';
import { findPort, isUsable, type Port } from './port.ts';
import type { Instance } from './running-instance.ts';

/** The interfaces that virtual routers run on, as the kernel says they are. */
export interface Ports {
  /** The interface of that name; undefined where there is none, or none that speaks Ethernet. */
  find(name: string): Port | undefined;
  /** The kernel has told of a link: virtual routers hear of it where something is another than before. */
  linkChanged(link: Link, removed: boolean): void;
  /** Addresses of one (by number) are others, or the kernel told something that was lost: its virtual routers hear of it. */
  changed(index?: number): void;
  /** Puts right what a virtual router has on its interface, where somebody changed it. */
  review(instance: Instance): void;
}

export interface PortsContext {
  readonly route: Route;
  readonly log: Log;
  /** Every virtual router that runs. */
  readonly instances: readonly Instance[];
  /** Its interface, or that of its virtual MAC, is gone, and another one is there. */
  rebuild(instance: Instance): void;
}

/** None yet; each is watched from when it was first asked for. */
export function createPorts({ route, log, instances, rebuild }: PortsContext): Ports {
  const known = new Map<string, Port>();

  function review(instance: Instance): void {
    const { name, interfaceName } = instance.configuration;
    if (instance.reviewCarrier() !== 'gone' || findPort(route, interfaceName)?.usable !== true) return;
    log.line(`(${name}) the interface of its virtual MAC is gone`);
    rebuild(instance);
  }

  function look(port: Port): void {
    const now = findPort(route, port.name);
    const isSame = now?.index === port.index;
    const wasUsable = port.usable;
    port.usable = isSame && now.usable;
    port.addresses = isSame ? now.addresses : [];
    const hasOtherMac = isSame && formatMac(port.macAddress) !== formatMac(now.macAddress);
    if (hasOtherMac) {
      port.macAddress.set(now.macAddress);
      log.line(`${port.name} has another MAC address: ${formatMac(port.macAddress)}`);
    }
    const concerned = instances.filter(({ configuration }) => configuration.interfaceName === port.name);
    for (const instance of concerned) instance.portChanged();
    if (port.usable && (hasOtherMac || !wasUsable)) for (const instance of concerned) review(instance);
    if (now === undefined || isSame) return;
    // Deleted and made anew: another link of the same name.
    log.line(`${port.name} is there anew`);
    known.set(port.name, now);
    for (const instance of concerned) rebuild(instance);
  }

  return {
    review,
    find(name) {
      const port = known.get(name) ?? findPort(route, name);
      if (port !== undefined) known.set(name, port);
      return port;
    },
    linkChanged(link, removed) {
      for (const port of [...known.values()]) {
        if (port.index !== link.index && port.name !== link.name) continue;
        // Macvlans that come and go have the kernel tell of their parent, and asking it waits until it has done so.
        const isAsBefore = !removed && port.index === link.index && port.name === link.name;
        const isAsItWas = port.usable === isUsable(link) && formatMac(port.macAddress) === link.macAddress;
        if (!isAsBefore || !isAsItWas) look(port);
      }
    },
    changed(index) {
      for (const port of [...known.values()]) if (index === undefined || port.index === index) look(port);
    },
  };
}
