import { InvalidArgumentError } from 'commander';
import type { OutsideLink } from '../lab/outside/links.ts';
import { formatMac, parseMac } from '../wire/mac.ts';

/** An interface of this host that a router outside is behind, as `--port` names it. */
export interface PortChoice extends OutsideLink {
  /** The router's physical MAC address there, where it is said. */
  readonly macAddress?: string;
}

const CHOICE = /^(?:([A-Za-z0-9_-]+)(?:\.([A-Za-z0-9_-]+))?=)?([^\s@=/]{1,15})(?:@([0-9A-Fa-f:]+))?$/;

/** `eth1`, `r2=eth1`, `r1.right=eth2@02:00:5e:10:00:01`; throws InvalidArgumentError for others. */
export function portChoice(text: string, before: readonly PortChoice[] | undefined): readonly PortChoice[] {
  const [, router, port, interfaceName, mac] = CHOICE.exec(text) ?? [];
  const parsed = mac === undefined ? undefined : parseMac(mac);
  if (interfaceName === undefined || (mac !== undefined && parsed === undefined))
    throw new InvalidArgumentError(
      'expected INTERFACE, ROUTER=INTERFACE or ROUTER.LAN=INTERFACE, each with @MAC or without',
    );
  if (before?.some((one) => one.interfaceName === interfaceName) === true)
    throw new InvalidArgumentError(`'${interfaceName}' is given twice: each port has an interface of its own`);
  const choice: PortChoice = {
    interfaceName,
    ...(router === undefined ? {} : { router }),
    ...(port === undefined ? {} : { port }),
    ...(parsed === undefined ? {} : { macAddress: formatMac(parsed) }),
  };
  return [...(before ?? []), choice];
}
