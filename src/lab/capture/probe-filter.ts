import { assembleFilter, type FilterStep } from '../../linux/packet-filter.ts';
import { CONNECTION_PORT, ONE_WAY_MAGIC } from '../../stage/probe-packet.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../../wire/link.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP } from '../../wire/network.ts';
import { TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.ts';

const ETHER_TYPE = 12;
/** Where things are in an Ethernet frame: IPv4 without options, IPv6 without extension headers. */
const LAYOUTS = [
  { name: 'v4', etherType: ETHER_TYPE_IPV4, protocolAt: 23, transport: 34, icmp: PROTOCOL_ICMP },
  { name: 'v6', etherType: ETHER_TYPE_IPV6, protocolAt: 20, transport: 54, icmp: PROTOCOL_ICMPV6 },
] as const;
const ECHO_DATA = 8;
const TCP_FLAGS = 13;

/**
 * A filter that leaves out, at these links alone, the messages of one-way probes and the segments of connections that
 * neither begin nor end one: thousands a second that say nothing at a router's port, for they are judged where they
 * leave and where they arrive.
 */
export function probeFilter(links: readonly number[]): Uint8Array<ArrayBuffer> {
  const steps: FilterStep[] = [
    { know: 'link' },
    ...links.map((value): FilterStep => ({ when: 'equal', value, to: 'there' })),
    { verdict: 'receive' },
    { label: 'there' },
    { load: 2, at: ETHER_TYPE },
    ...LAYOUTS.map(({ name, etherType }): FilterStep => ({ when: 'equal', value: etherType, to: name })),
    { verdict: 'receive' },
    ...LAYOUTS.flatMap(stepsOf),
  ];
  return assembleFilter(steps);
}

function stepsOf({ name, protocolAt, transport, icmp }: (typeof LAYOUTS)[number]): readonly FilterStep[] {
  const shortest = transport + TCP_FLAGS + 1;
  return [
    { label: name },
    // Whatever is shorter is received: a load beyond the end of a frame would leave it out.
    { know: 'length' },
    { when: 'at least', value: shortest, to: `${name} data`, else: `${name} receive` },
    { label: `${name} data` },
    { load: 1, at: protocolAt },
    { when: 'equal', value: icmp, to: `${name} echo` },
    { when: 'equal', value: PROTOCOL_TCP, to: `${name} tcp`, else: `${name} receive` },
    { label: `${name} echo` },
    { load: 4, at: transport + ECHO_DATA },
    { when: 'equal', value: ONE_WAY_MAGIC, to: `${name} leave out`, else: `${name} receive` },
    { label: `${name} tcp` },
    { load: 2, at: transport },
    { when: 'equal', value: CONNECTION_PORT, to: `${name} flags` },
    { load: 2, at: transport + 2 },
    { when: 'equal', value: CONNECTION_PORT, to: `${name} flags`, else: `${name} receive` },
    { label: `${name} flags` },
    { load: 1, at: transport + TCP_FLAGS },
    {
      when: 'any bit of',
      value: TCP_SYN | TCP_FIN | TCP_RST,
      to: `${name} receive`,
      else: `${name} leave out`,
    },
    { label: `${name} leave out` },
    { verdict: 'leave out' },
    { label: `${name} receive` },
    { verdict: 'receive' },
  ];
}
