import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCaptureFile } from '../../src/capture/file.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation, Tenure } from '../../src/conformance/result.ts';

const folder = fileURLToPath(new URL('../../captures/recorded/', import.meta.url));

async function observe(file: string): Promise<Observation> {
  const observer = createObserver();
  const end = await readCaptureFile(folder + file, observer, { annotations: observer });
  expect(end.complete).toBe(true);
  return observer.finish();
}

/** Who was Active, why it began, why it ended: `r1 startup priority-zero`. */
function tell(observation: Observation): string[] {
  expect(observation.virtualRouters).toHaveLength(1);
  const { routers, timeline } = observation.virtualRouters[0]!;
  const short = (name: string) => (routers.find((router) => router.name === name)?.priorities[0] === 200 ? 'r1' : 'r2');
  return timeline.map(({ router, begin, end }) => `${short(router)} ${begin} ${end}`);
}

/** Start, graceful stop, return, four losses (kill, link, carrier, child or parent), graceful end. */
const KEEPALIVED_STORY = [
  'r1 startup priority-zero',
  'r2 priority-zero preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption priority-zero',
  'r2 priority-zero priority-zero',
];
const FRR_STORY = [
  'r1 startup priority-zero',
  'r2 priority-zero preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption silence',
  'r2 takeover preempted',
  'r1 preemption priority-zero',
  'r2 priority-zero preempted',
  'r1 preemption priority-zero',
];
const INTEROP_STORY = [
  'r1 startup silence',
  'r2 takeover preempted',
  'r1 preemption priority-zero',
  'r2 priority-zero priority-zero',
];

function storyOf(file: string): readonly string[] {
  if (file.startsWith('interop')) return INTEROP_STORY;
  return file.startsWith('frr') ? FRR_STORY : KEEPALIVED_STORY;
}

/** What each recording breaks, found by hand with tshark first. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  // ARP replies from both physical interfaces: arp_ignore was 0.
  'frr-8.4.4_v2_ipv4.pcap': ['active.arp-not-physical'],
  'frr-8.4.4_v3_ipv4.pcap': ['active.arp-not-physical', 'tx.checksum.v4'],
  // FRR announces a second before it first advertises.
  'frr-8.4.4_v3_ipv6.pcap': ['active.announce-order'],
  // The killed keepalived's kernel answers its successor's gratuitous ARP.
  'interop_keepalived-2.2.7_frr-8.4.4_v2_ipv4.pcap': ['down.no-garp-reply'],
  'interop_keepalived-2.2.7_frr-8.4.4_v3_ipv4.pcap': ['down.no-garp-reply', 'tx.checksum.v4'],
  'interop_keepalived-2.2.7_frr-8.4.4_v3_ipv6.pcap': ['active.announce-order'],
  'keepalived-2.2.7_v2_ipv4_novmac.pcap': ['active.arp-not-physical', 'backup.takeover.announce.v4', 'tx.src-mac'],
  'keepalived-2.2.7_v2_ipv4_vmac.pcap': ['active.arp-not-physical', 'down.no-garp-reply'],
  'keepalived-2.2.7_v2_ipv4_xmitbase.pcap': ['active.arp-not-physical', 'down.no-garp-reply', 'tx.src-mac'],
  'keepalived-2.2.7_v3_ipv4_novmac.pcap': [
    'active.arp-not-physical',
    'backup.takeover.announce.v4',
    'tx.checksum.v4',
    'tx.src-mac',
  ],
  'keepalived-2.2.7_v3_ipv4_vmac.pcap': ['down.no-garp-reply', 'tx.checksum.v4'],
  'keepalived-2.2.7_v3_ipv4_xmitbase.pcap': [
    'active.arp-not-physical',
    'down.no-garp-reply',
    'tx.checksum.v4',
    'tx.src-mac',
  ],
  'keepalived-2.2.7_v3_ipv6_novmac.pcap': ['active.ns-not-physical', 'backup.takeover.announce.v6', 'tx.src-mac'],
  'keepalived-2.2.7_v3_ipv6_vmac.pcap': [],
  'keepalived-2.2.7_v3_ipv6_xmitbase.pcap': ['tx.src-mac'],
};

const files = readdirSync(folder).filter((name) => name.endsWith('.pcap'));

describe.each(files)('%s', (file) => {
  it('tells who was Active when, and why it changed', async () => {
    expect(tell(await observe(file))).toEqual(storyOf(file));
  });

  it('finds every takeover from a silent or resigned router inside its window', async () => {
    const { virtualRouters } = await observe(file);
    const taken = virtualRouters[0]!.timeline.filter(({ begin }) => begin === 'takeover' || begin === 'priority-zero');
    expect(taken.length).toBeGreaterThan(1);
    expect(taken.map(({ takeover }: Tenure) => takeover?.verdict)).toEqual(taken.map(() => 'pass'));
  });

  it('breaks what it breaks, and nothing else', async () => {
    const { findings } = await observe(file);
    const named = findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'warning');
    expect([...new Set(named.map(({ requirement }) => requirement))].sort()).toEqual(BROKEN[file]);
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
