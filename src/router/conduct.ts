import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import { PROTOCOL, type Protocol } from '../vrrp/protocol.ts';
import type { Carrier } from './carrier.ts';
import type { Log } from './log.ts';
import { removeMacvlans } from './macvlan.ts';
import type { Port } from './port.ts';
import type { Listening } from './receiver.ts';
import { createRouterAdvertiser, type RouterAdvertiser, type RouterAdvertiserParts } from './router-advertiser.ts';
import { createSilence } from './silence.ts';

/** Sends a frame by a port. */
export type Send = (frame: Uint8Array) => SendResult;

/** What a conduct works with. */
export interface ConductContext {
  readonly route: Route;
  readonly log: Log;
}

/** How a router behaves, in everything that a router may be made to do wrong (`misbehaving.ts`). */
export interface Conduct {
  /** What it understands of its configuration. */
  reads(configuration: RouterConfiguration): RouterConfiguration;
  /** Of one virtual router. */
  protocol(router: VirtualRouterConfiguration): Protocol;
  /** What a virtual router is told of its configuration. */
  settings(router: VirtualRouterConfiguration): VirtualRouterConfiguration;
  /** What it listens for. */
  listens(own: Listening): readonly Listening[];
  /** How its frames leave. */
  sender(router: VirtualRouterConfiguration, port: Port, send: Send): Send;
  carrier(carrier: Carrier, router: VirtualRouterConfiguration, context: ConductContext): Carrier;
  /** When its Router Advertisements leave. */
  routerAdvertiser(parts: RouterAdvertiserParts): RouterAdvertiser;
  readonly createSilence: typeof createSilence;
  readonly removeMacvlans: typeof removeMacvlans;
}

/** As the RFCs have it. */
export const RIGHT_CONDUCT: Conduct = {
  reads: (configuration) => configuration,
  protocol: () => PROTOCOL,
  settings: (router) => router,
  listens: (own) => [own],
  sender: (_router, _port, send) => send,
  carrier: (carrier) => carrier,
  routerAdvertiser: createRouterAdvertiser,
  createSilence,
  removeMacvlans,
};
