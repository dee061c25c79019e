import { receive } from './receive.ts';
import { deadlineNs, step } from './virtual-router.ts';

/** What a router runs its virtual routers by: the checks of what arrives, and the state machine. */
export interface Protocol {
  readonly receive: typeof receive;
  readonly step: typeof step;
  readonly deadlineNs: typeof deadlineNs;
}

/** The protocol as the RFCs have it. */
export const PROTOCOL: Protocol = { receive, step, deadlineNs };
