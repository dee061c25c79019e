import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCaptureFile } from '../../src/capture/file.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation, Tenure } from '../../src/conformance/result.ts';
import { TOLD } from './recorded-told.ts';

const folder = fileURLToPath(new URL('../../captures/recorded/', import.meta.url));

async function observe(file: string): Promise<Observation> {
  const observer = createObserver();
  const end = await readCaptureFile(folder + file, observer, { annotations: observer });
  expect(end.complete).toBe(true);
  return observer.finish();
}

const SECOND = 1e9;

/** Who was Active when, why it began, why it ended: `r1 6.616 to 12.617 7 startup priority-zero`. */
function tell({ virtualRouters, firstNs }: Observation): string[] {
  expect(virtualRouters).toHaveLength(1);
  const { routers, timeline } = virtualRouters[0]!;
  const short = (name: string) => (routers.find((router) => router.name === name)?.priorities[0] === 200 ? 'r1' : 'r2');
  const since = (timeNs: number) => ((timeNs - firstNs!) / SECOND).toFixed(3);
  return timeline.map(({ router, firstNs, lastNs, advertisements, begin, end }) =>
    [short(router), since(firstNs), 'to', since(lastNs), advertisements, begin, end].join(' '),
  );
}

/** What was done, and the change of the Active router that shows it. */
type Story = readonly (readonly [done: string, left: string, came: string])[];

const LOST: Story = [
  ['r1 is killed', 'r1 silence', 'r2 takeover'],
  ['r1 is started again', 'r2 preempted', 'r1 preemption'],
  ['the link of r1 goes down', 'r1 silence', 'r2 takeover'],
  ['it comes up', 'r2 preempted', 'r1 preemption'],
  ['r1 loses carrier', 'r1 silence', 'r2 takeover'],
  ['it is back', 'r2 preempted', 'r1 preemption'],
];
const STOPPED: Story = [
  ['r1 is stopped gracefully', 'r1 priority-zero', 'r2 priority-zero'],
  ['r1 is started again', 'r2 preempted', 'r1 preemption'],
];
const KEEPALIVED_STORY: Story = [
  ['both start', '', 'r1 startup'],
  ...STOPPED,
  ...LOST,
  ['the child process is killed', 'r1 silence', 'r2 takeover'],
  ['its parent starts another', 'r2 preempted', 'r1 preemption'],
  ['the parent is killed, and the child stops gracefully', 'r1 priority-zero', 'r2 priority-zero'],
  ['all is stopped', 'r2 priority-zero', ''],
];
/** What applies to a daemon of one process: it is shut down by its configuration at the end, and r2 is stopped first. */
const FRR_STORY: Story = [
  ['both start', '', 'r1 startup'],
  ...STOPPED,
  ...LOST,
  ...STOPPED,
  ['all is stopped', 'r1 priority-zero', ''],
];
const INTEROP_STORY: Story = [
  ['both start', '', 'r1 startup'],
  ['r1 is killed', 'r1 silence', 'r2 takeover'],
  ['r1 is started again', 'r2 preempted', 'r1 preemption'],
  ['r1 is stopped gracefully', 'r1 priority-zero', 'r2 priority-zero'],
  ['all is stopped', 'r2 priority-zero', ''],
];

function storyOf(file: string): Story {
  if (file.startsWith('interop')) return INTEROP_STORY;
  return file.startsWith('frr') ? FRR_STORY : KEEPALIVED_STORY;
}

/** The changes of the Active router: who left and why, who came and why. */
function changes({ virtualRouters }: Observation): string[][] {
  const { routers, timeline } = virtualRouters[0]!;
  const short = (name: string) => (routers.find((router) => router.name === name)?.priorities[0] === 200 ? 'r1' : 'r2');
  const all: string[][] = [];
  for (const [index, { router, begin }] of timeline.entries()) {
    const former = timeline[index - 1];
    all.push([former === undefined ? '' : `${short(former.router)} ${former.end}`, `${short(router)} ${begin}`]);
  }
  const last = timeline.at(-1)!;
  return [...all, [`${short(last.router)} ${last.end}`, '']];
}

/**
 * Every finding of each recording: verdict, requirement, router, and how often. Each was checked against the frames as
 * tshark shows them. FRR ran with arp_ignore 0, so that both physical interfaces answer for virtual addresses, a Backup's
 * as well; it announces a second before it advertises, and takes its leave with a Router Advertisement from the virtual MAC
 * while the other router is Active. A killed keepalived's kernel answers its successor's gratuitous ARP, and goes on with
 * neighbor discovery from the virtual MAC, and a killed router's answers for the virtual address beside its successor's;
 * either router redirects the host from its own link-local address.
 */
const FINDINGS: Readonly<Record<string, readonly string[]>> = {
  'frr-8.4.4_v2_ipv4.pcap': [
    'fail active.arp-not-physical 192.0.2.1 8',
    'fail active.arp-not-physical 192.0.2.2 8',
    'fail backup.no-arp 192.0.2.1 4',
    'fail backup.no-arp 192.0.2.2 2',
    'fail backup.not-accept 192.0.2.2 1',
    'inconclusive backup.takeover.announce.v4 192.0.2.1 2',
    'warning backup.no-vmac-source 192.0.2.1 1',
    'warning backup.no-vmac-source 192.0.2.1 3',
    'warning down.no-residue unknown 2',
  ],
  'frr-8.4.4_v3_ipv4.pcap': [
    'fail active.arp-not-physical 192.0.2.1 8',
    'fail active.arp-not-physical 192.0.2.2 8',
    'fail backup.no-arp 192.0.2.1 4',
    'fail backup.no-arp 192.0.2.2 2',
    'fail backup.not-accept 192.0.2.2 1',
    'inconclusive backup.takeover.announce.v4 192.0.2.1 2',
    'pass backup.takeover.announce.v4 192.0.2.1 8',
    'pass backup.takeover.announce.v4 192.0.2.2 10',
    'warning backup.no-vmac-source 192.0.2.1 1',
    'warning backup.no-vmac-source 192.0.2.1 4',
    'warning down.no-residue unknown 2',
    'warning tx.checksum.v4 192.0.2.1 44',
    'warning tx.checksum.v4 192.0.2.2 29',
  ],
  'frr-8.4.4_v3_ipv6.pcap': [
    'fail active.announce-order fe80::2d2c:572b:9c72:5597 5',
    'fail active.announce-order fe80::c3fc:1f52:c24a:d67e 4',
    'fail backup.no-ra fe80::c3fc:1f52:c24a:d67e 1',
    'inconclusive backup.takeover.announce.v6 fe80::c3fc:1f52:c24a:d67e 2',
    'warning backup.no-vmac-source fe80::c3fc:1f52:c24a:d67e 1',
    'warning down.no-residue unknown 3',
  ],
  'interop_keepalived-2.2.7_frr-8.4.4_v2_ipv4.pcap': ['warning down.no-garp-reply unknown 2'],
  'interop_keepalived-2.2.7_frr-8.4.4_v3_ipv4.pcap': [
    'pass backup.takeover.announce.v4 192.0.2.1 20',
    'pass backup.takeover.announce.v4 192.0.2.2 4',
    'warning down.no-garp-reply unknown 2',
    'warning tx.checksum.v4 192.0.2.1 8',
    'warning tx.checksum.v4 192.0.2.2 12',
  ],
  'interop_keepalived-2.2.7_frr-8.4.4_v3_ipv6.pcap': [
    'fail active.announce-order fe80::5e:51 (priority 100) 2',
    'pass tx.src-ip.v6 fe80::5e:51 (priority 100) 10',
  ],
  'keepalived-2.2.7_v2_ipv4_novmac.pcap': [
    'fail active.arp-not-physical 192.0.2.1 75',
    'fail active.arp-not-physical 192.0.2.2 116',
    'fail backup.no-arp 192.0.2.1 2',
    'fail backup.takeover.announce.v4 192.0.2.1 70',
    'fail backup.takeover.announce.v4 192.0.2.2 110',
    'fail tx.src-mac 192.0.2.1 32',
    'fail tx.src-mac 192.0.2.2 35',
  ],
  'keepalived-2.2.7_v2_ipv4_vmac.pcap': [
    'fail active.arp-not-physical 192.0.2.1 1',
    'warning down.no-garp-reply unknown 10',
    'warning down.no-residue unknown 2',
  ],
  'keepalived-2.2.7_v2_ipv4_xmitbase.pcap': [
    'fail active.arp-not-physical 192.0.2.1 1',
    'fail tx.src-mac 192.0.2.1 32',
    'fail tx.src-mac 192.0.2.2 35',
    'warning down.no-garp-reply unknown 19',
    'warning down.no-residue unknown 2',
  ],
  'keepalived-2.2.7_v3_ipv4_novmac.pcap': [
    'fail active.arp-not-physical 192.0.2.1 75',
    'fail active.arp-not-physical 192.0.2.2 115',
    'fail backup.no-arp 192.0.2.1 2',
    'fail backup.takeover.announce.v4 192.0.2.1 70',
    'fail backup.takeover.announce.v4 192.0.2.2 110',
    'fail tx.src-mac 192.0.2.1 32',
    'fail tx.src-mac 192.0.2.2 35',
    'warning tx.checksum.v4 192.0.2.1 32',
    'warning tx.checksum.v4 192.0.2.2 35',
  ],
  'keepalived-2.2.7_v3_ipv4_vmac.pcap': [
    'pass backup.takeover.announce.v4 192.0.2.1 70',
    'pass backup.takeover.announce.v4 192.0.2.2 110',
    'warning down.no-garp-reply unknown 20',
    'warning down.no-residue unknown 1',
    'warning tx.checksum.v4 192.0.2.1 32',
    'warning tx.checksum.v4 192.0.2.2 35',
  ],
  'keepalived-2.2.7_v3_ipv4_xmitbase.pcap': [
    'fail active.arp-not-physical 192.0.2.1 1',
    'fail tx.src-mac 192.0.2.1 32',
    'fail tx.src-mac 192.0.2.2 35',
    'pass backup.takeover.announce.v4 192.0.2.1 70',
    'pass backup.takeover.announce.v4 192.0.2.2 110',
    'warning down.no-garp-reply unknown 10',
    'warning down.no-residue unknown 2',
    'warning tx.checksum.v4 192.0.2.1 32',
    'warning tx.checksum.v4 192.0.2.2 35',
  ],
  'keepalived-2.2.7_v3_ipv6_novmac.pcap': [
    'fail active.ns-not-physical fe80::ff:fe00:1 109',
    'fail active.ns-not-physical fe80::ff:fe00:2 169',
    'fail backup.no-ns fe80::ff:fe00:1 2',
    'fail backup.takeover.announce.v6 fe80::ff:fe00:1 105',
    'fail backup.takeover.announce.v6 fe80::ff:fe00:2 165',
    'fail tx.src-mac fe80::ff:fe00:1 31',
    'fail tx.src-mac fe80::ff:fe00:2 37',
  ],
  'keepalived-2.2.7_v3_ipv6_vmac.pcap': [
    'warning backup.no-vmac-source fe80::ff:fe00:1 1',
    'warning backup.no-vmac-source fe80::ff:fe00:1 1',
    'warning backup.no-vmac-source fe80::ff:fe00:2 2',
    'warning backup.no-vmac-source fe80::ff:fe00:2 2',
    'warning backup.no-vmac-source fe80::ff:fe00:2 4',
    'warning down.no-residue unknown 3',
    'warning redirect.source fe80::ff:fe00:1 2',
    'warning redirect.source fe80::ff:fe00:2 3',
  ],
  'keepalived-2.2.7_v3_ipv6_xmitbase.pcap': [
    'fail tx.src-mac fe80::ff:fe00:1 32',
    'fail tx.src-mac fe80::ff:fe00:2 35',
    'warning down.no-residue unknown 3',
  ],
};

const files = readdirSync(folder).filter((name) => name.endsWith('.pcap'));

describe.each(files)('%s', (file) => {
  it('tells who was Active when, and why it changed', async () => {
    expect(tell(await observe(file))).toEqual(TOLD[file]!.history);
  });

  it('shows everything that was done, in its order, and nothing else', async () => {
    expect(changes(await observe(file))).toEqual(storyOf(file).map(([, left, came]) => [left, came]));
  });

  it('names the causes that its frames show', async () => {
    const { causes } = await observe(file);
    const told = causes.map(({ certainty, id, frames }) => [certainty, id, ...frames.map(({ number }) => number)]);
    expect(told.map((cause) => cause.join(' '))).toEqual(TOLD[file]!.causes);
  });

  it('has no time with two Active routers, no flapping, and nothing that was not configured', async () => {
    const { virtualRouters, limits } = await observe(file);
    expect(virtualRouters[0]!.overlaps).toEqual([]);
    expect(virtualRouters[0]!.flapping).toEqual([]);
    expect(limits).toEqual([]);
  });

  it('finds every takeover from a silent or resigned router inside its window', async () => {
    const { virtualRouters } = await observe(file);
    const taken = virtualRouters[0]!.timeline.filter(({ begin }) => begin === 'takeover' || begin === 'priority-zero');
    expect(taken.length).toBeGreaterThan(1);
    expect(taken.map(({ takeover }: Tenure) => takeover?.verdict)).toEqual(taken.map(() => 'pass'));
  });

  it('breaks what it breaks, and nothing else', async () => {
    const { findings } = await observe(file);
    const told = findings.map(
      ({ verdict, requirement, router, count }) => `${verdict} ${requirement} ${router} ${count}`,
    );
    expect(told.sort()).toEqual(FINDINGS[file]);
  });

  it('measures the interval that is advertised', async () => {
    const { timeline } = (await observe(file)).virtualRouters[0]!;
    for (const { measuredIntervalNs, advertisedIntervalNs } of timeline) {
      expect(advertisedIntervalNs).toBe(1e9);
      expect(Math.abs((measuredIntervalNs ?? 1e9) - 1e9)).toBeLessThan(2e6);
    }
  });
});

describe('findings of the recordings', () => {
  it('name the frame as Wireshark does', async () => {
    const { findings } = await observe('keepalived-2.2.7_v3_ipv4_vmac.pcap');
    const reply = findings.find(({ requirement }) => requirement === 'down.no-garp-reply');
    expect(reply?.frames[0]?.number).toBe(110);
    expect(reply?.count).toBe(20);
    expect(reply?.frames).toHaveLength(20);
  });

  it('attribute a physical MAC address to its router, even when that is learned later', async () => {
    const { findings } = await observe('keepalived-2.2.7_v2_ipv4_vmac.pcap');
    const physical = findings.find(({ requirement }) => requirement === 'active.arp-not-physical');
    expect(physical?.router).toBe('192.0.2.1');
    expect(physical?.frames.map(({ number }) => number)).toEqual([45]);
  });

  it('say that a broadcast target hardware address is no more than information', async () => {
    const { findings } = await observe('keepalived-2.2.7_v3_ipv4_vmac.pcap');
    const target = findings.filter(({ requirement }) => requirement === 'backup.takeover.announce.v4');
    expect(target.map(({ level, verdict, breaks }) => [level, verdict, breaks])).toEqual([
      ['information', 'pass', ['rfc9568']],
      ['information', 'pass', ['rfc9568']],
    ]);
  });

  it('separate FRR routers that advertise from the same virtual address', async () => {
    const { virtualRouters } = await observe('interop_keepalived-2.2.7_frr-8.4.4_v3_ipv6.pcap');
    expect(virtualRouters[0]!.routers.map(({ name }) => name)).toEqual([
      'fe80::ff:fe00:1',
      'fe80::5e:51 (priority 100)',
    ]);
  });
});
