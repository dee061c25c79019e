import type { Namespace } from '../linux/namespace.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import type { Protocol } from '../vrrp/protocol.ts';
import type { Carrier } from './carrier.ts';
import type { Log } from './log.ts';
import type { Notifier } from './notify.ts';
import type { Pace } from './pace.ts';
import type { Port } from './port.ts';
import type { RouterAdvertiser, RouterAdvertiserParts } from './router-advertiser.ts';
import type { InstanceGroup } from './running-instance.ts';

/** What an instance works with; nothing of it is its own to close. */
export interface InstanceContext {
  readonly log: Log;
  readonly namespace: Namespace;
  readonly port: Port;
  readonly carrier: Carrier;
  /** Absent: as the RFCs have it. */
  readonly protocol?: Protocol;
  readonly notifier: Notifier;
  /** What other virtual routers of this one's sync group have to say; absent where it is in none. */
  readonly group?: InstanceGroup;
  /** Of its announcements; absent: they leave without a pause. */
  readonly pace?: Pace;
  /** When its Router Advertisements leave; absent: as RFC 4861 has it. */
  routerAdvertiser?(parts: RouterAdvertiserParts): RouterAdvertiser;
  /** Sends a frame by the port. */
  send(frame: Uint8Array): SendResult;
  /** Takes in every message that has arrived. */
  drain(): void;
}
