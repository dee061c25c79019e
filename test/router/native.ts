import type { Lan, LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

export const VIRTUAL_MAC = '00:00:5e:00:01:33';
export const VIRTUAL_MAC_6 = '00:00:5e:00:02:33';
export const MILLISECOND = 1_000_000;

export interface Wanted {
  readonly priority: number;
  readonly lines?: readonly string[];
  readonly addresses?: readonly string[];
  readonly interval?: string;
}

/** A vrrp_instance of VRID 51, version 3 and an interval of 100 ms unless told. */
export function instance({ priority, lines = [], addresses = ['192.0.2.101/24'], interval = '0.1' }: Wanted): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', `advert_int ${interval}`];
  const body = [...usual, `priority ${priority}`, 'garp_master_repeat 1', 'garp_master_delay 0', ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
}

export const six = ['fe80::51/64', '2001:db8::51/64'];

/** The router of that number, with its addresses of each family. */
export function routerNode(lan: Lan, number: number): LanNode {
  return lan.node(`r${number}`, [`192.0.2.${number}/24`, `fe80::${number}/64`, `2001:db8::${number}/64`]);
}

export const advertises = (name: string, priority?: number) => (frame: SeenFrame) =>
  frame.node === name && frame.vrrp !== undefined && (priority === undefined || frame.vrrp.priority === priority);

/** Everything that the router may change: links and addresses, and every parameter of IPv4 and IPv6 interfaces. */
export function stateOf({ run }: LanNode): { links: unknown; addresses: unknown; sysctls: string } {
  const strip = (text: string): unknown =>
    JSON.parse(text, (key, value) => (key.endsWith('life_time') || key === 'stats64' ? undefined : value));
  return {
    links: strip(run('ip', '-j', '-d', 'link')),
    addresses: strip(run('ip', '-j', 'addr')),
    sysctls: run('sysctl', '-a', '--pattern', '^net\\.ipv[46]\\.conf'),
  };
}
