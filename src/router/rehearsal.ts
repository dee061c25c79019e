import { setFlagsFromString } from 'node:v8';
import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { monotonicNow } from '../linux/clock.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Namespace } from '../linux/namespace.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import { addressLengthOf } from '../wire/address.ts';
import { CHECKSUM_EITHER, type Family } from '../wire/vrrp.ts';
import type { Carrier } from './carrier.ts';
import { createInstance } from './instance.ts';
import { multicastGroupOf } from './instance-parameters.ts';
import type { Log } from './log.ts';
import type { Port } from './port.ts';
import type { Instance } from './running-instance.ts';

/** What a rehearsal goes through; nothing of it reaches the LAN or the machine. */
export interface RehearsalContext {
  readonly namespace: Namespace;
  readonly route: Route;
  readonly log: Log;
  send(frame: Uint8Array, interfaceIndex: number): SendResult;
  drain(): void;
}

/** An index that no link has: the kernel refuses frames and requests for it, after going through all else. */
const NO_LINK = 0x7fff_ffff;
const ROUNDS = 60;
const LONGEST_NS = 250_000_000;
/** A takeover comes 0.1 ms after it is asked for; a machine that is held up takes longer, and is not waited for. */
const LONGEST_WAIT_MS = 250;
const INTERVAL_NS = 10_000_000;
const PRIORITY = 254;
const MAC_ADDRESS = new Uint8Array([2, 0, 0, 0, 0, 1]);

/**
 * Takes over and yields some dozen times with an instance whose frames and requests the kernel refuses. What runs first
 * is compiled first, and costs milliseconds; the first takeover of a process is to be as fast as its tenth. From here on
 * the engine keeps what it compiled, however long it is not used: a Backup waits for months.
 */
export async function rehearseTakeover(context: RehearsalContext, router: VirtualRouterConfiguration): Promise<void> {
  setFlagsFromString('--no-flush-bytecode');
  let engaged = (): void => {};
  const instance = createInstance(rehearsed(router), {
    namespace: context.namespace,
    log: { line: () => {}, close: () => Promise.resolve() },
    port: portOf(router.family),
    carrier: carrierOf(context.route, router, () => engaged()),
    notifier: { state: () => {}, receivedLowerPriority: () => {}, priorityChanged: () => {} },
    send: (frame) => context.send(frame, NO_LINK),
    drain: () => context.drain(),
  });
  instance.start();
  const endNs = monotonicNow() + LONGEST_NS;
  for (let round = 0; round < ROUNDS && monotonicNow() < endNs; round += 1) {
    const isEngaged = await within(LONGEST_WAIT_MS, (resolve) => {
      engaged = resolve;
      hear(instance, router, 0);
    });
    if (!isEngaged) {
      context.log.line(
        `(${router.name}) the rehearsal of a takeover was given up after ${LONGEST_WAIT_MS} ms: the first one may be slower`,
      );
      break;
    }
    hear(instance, router, PRIORITY + 1);
  }
  instance.stop();
}

/** Whether `begin` called back in time. */
function within(limitMs: number, begin: (callBack: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, limitMs, false);
    begin(() => {
      clearTimeout(limit);
      resolve(true);
    });
  });
}

/** Version 3, whose Skew_Time is short. */
function rehearsed(router: VirtualRouterConfiguration): VirtualRouterConfiguration {
  const { sourceAddress: _source, unicast: _unicast, password: _password, ...rest } = router;
  return {
    ...rest,
    version: 3,
    alsoVersion2: false,
    trackSourceAddress: false,
    priority: PRIORITY,
    advertisementIntervalNs: INTERVAL_NS,
    preempt: true,
    preemptDelayNs: 0,
    checkAddressList: false,
    ignoreInterfaceFaults: true,
  };
}

function portOf(family: Family): Port {
  // Addresses that no virtual router has: a virtual address is no source.
  const address = family === 'ipv4' ? '0.0.0.1' : 'fe80::ffff:ffff:ffff:ffff';
  const own = {
    index: NO_LINK,
    address,
    prefixLength: 64,
    family: family === 'ipv4' ? 4 : 6,
    scope: 'link',
    noPrefixRoute: false,
    home: false,
    deprecated: false,
    tentative: false,
    duplicate: false,
  } as const;
  return { name: 'rehearsal', index: NO_LINK, macAddress: MAC_ADDRESS, usable: true, addresses: [own] };
}

function carrierOf(route: Route, { addresses }: VirtualRouterConfiguration, onEngage: () => void): Carrier {
  const wanted = addresses.map(({ address }) => ({
    index: NO_LINK,
    address,
    prefixLength: address.includes(':') ? 128 : 32,
  }));
  return {
    name: 'rehearsal',
    index: NO_LINK,
    macAddress: MAC_ADDRESS,
    engage() {
      refused(() => route.changeLink(NO_LINK, { up: true }));
      for (const address of wanted.slice(0, 1)) refused(() => route.addAddress({ ...address, replace: true }));
      onEngage();
    },
    review: () => 'well',
    reconfigure() {},
    release() {
      for (const address of wanted.slice(0, 1)) refused(() => route.deleteAddress(address));
    },
    remove: () => Promise.resolve(),
  };
}

function refused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}

function hear(instance: Instance, router: VirtualRouterConfiguration, priority: number): void {
  const { family, virtualRouterId } = router;
  const message: ReceivedMessage = {
    ttl: 255,
    version: 3,
    type: 1,
    virtualRouterId,
    priority,
    addressCount: 1,
    interval: 1,
    authenticationType: 0,
    authenticationData: new Uint8Array(0),
    tooShort: false,
    checksum: CHECKSUM_EITHER,
    sourceAddress: new Uint8Array(addressLengthOf(family)).fill(9),
    destinationAddress: multicastGroupOf(router),
    addressList: new Uint8Array(addressLengthOf(family)),
    reserved: 0,
  };
  instance.message(message);
}
