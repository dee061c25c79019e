import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LinuxError } from '../../src/linux/libc.ts';
import { createNetworkNamespace, type Namespace } from '../../src/linux/namespace.ts';
import { type RouteChange, watchRoute } from '../../src/linux/netlink/monitor.ts';
import { openRoute, type Route } from '../../src/linux/netlink/route.ts';
import { isRoot } from '../peers.ts';
import { enterSandbox, NEEDS_ROOT, until } from './sandbox.ts';

const MAC = '02:00:00:00:01:01';
const VIRTUAL_MAC = '00:00:5e:00:01:33';

describe.skipIf(!isRoot)(`rtnetlink${NEEDS_ROOT}`, () => {
  let own: Namespace;
  let fabric: Route;
  let r1: Namespace;
  let router: Route;

  beforeAll(() => {
    ({ own, route: fabric } = enterSandbox());
    r1 = createNetworkNamespace('r1');
    router = openRoute(r1);
    fabric.createBridge({ name: 'lan', index: 1000, up: true });
    fabric.createVeth({
      name: 'p1',
      index: 501,
      group: 7,
      master: 1000,
      up: true,
      peer: { name: 'eth0', index: 10, namespace: r1, macAddress: MAC },
    });
    router.changeLink(10, { up: true });
  });

  afterAll(() => {
    router?.close();
    fabric?.close();
    r1?.delete();
  });

  test('one request makes a pair in two namespaces, with names, indexes and MAC addresses as asked for', () => {
    expect(fabric.link('p1')).toMatchObject({ index: 501, kind: 'veth', master: 1000, group: 7, up: true, parent: 10 });
    expect(router.link('eth0')).toMatchObject({ index: 10, kind: 'veth', macAddress: MAC, carrier: true, parent: 501 });
    expect(router.indexOf('eth0')).toBe(10);
  });

  test('a macvlan carries the virtual MAC, and makes no link-local address of it', async () => {
    router.createMacvlan({ name: 'vrrp.51', index: 11, parent: 10, mode: 'private', macAddress: VIRTUAL_MAC });
    router.setLinkLocalGeneration(11, false);
    router.changeLink(11, { up: true });
    expect(router.link('vrrp.51')).toMatchObject({
      index: 11,
      kind: 'macvlan',
      macvlanMode: 'private',
      macAddress: VIRTUAL_MAC,
      parent: 10,
      up: true,
      generatesLinkLocal: false,
    });
    expect(router.addresses(11)).toEqual([]);
    expect(router.addresses(10).map((address) => address.scope)).toEqual(['link']);
    await router.deleteLinkAsync(11);
    expect(router.link(11)).toBeUndefined();
  });

  test('links change: MAC, MTU, name, promiscuous and all-multicast mode, namespace', () => {
    fabric.createVeth({ name: 'a', index: 601, peer: { name: 'b', index: 602 } });
    fabric.changeLink(602, {
      macAddress: '02:00:00:00:00:99',
      mtu: 1400,
      name: 'c',
      promiscuous: true,
      allMulticast: true,
    });
    expect(fabric.link('c')).toMatchObject({
      index: 602,
      macAddress: '02:00:00:00:00:99',
      mtu: 1400,
      promiscuous: true,
      allMulticast: true,
    });
    fabric.changeLink(602, { namespace: r1 });
    expect(fabric.link(602)).toBeUndefined();
    expect(router.link('c')?.mtu).toBe(1400);
    fabric.changeLink(601, { master: 1000 });
    expect(fabric.link(601)?.master).toBe(1000);
    fabric.changeLink(601, { master: 0 });
    expect(fabric.link(601)?.master).toBeUndefined();
    fabric.deleteLink(601);
  });

  test('addresses are added with their flags, listed and deleted', () => {
    router.addAddress({ index: 10, address: '192.0.2.1', prefixLength: 24, broadcast: '192.0.2.255', label: 'eth0:v' });
    router.addAddress({ index: 10, address: '192.0.2.254', prefixLength: 32, scope: 'link', noPrefixRoute: true });
    router.addAddress({
      index: 10,
      address: '2001:db8::1',
      prefixLength: 64,
      noDuplicateDetection: true,
      noPrefixRoute: true,
      home: true,
      deprecated: true,
    });
    const shown = router.addresses(10);
    expect(shown).toContainEqual(
      expect.objectContaining({ address: '192.0.2.1', prefixLength: 24, broadcast: '192.0.2.255', label: 'eth0:v' }),
    );
    expect(shown).toContainEqual(
      expect.objectContaining({ address: '192.0.2.254', prefixLength: 32, scope: 'link', noPrefixRoute: true }),
    );
    expect(shown).toContainEqual(
      expect.objectContaining({ address: '2001:db8::1', home: true, deprecated: true, tentative: false }),
    );
    router.deleteAddress({ index: 10, address: '2001:db8::1', prefixLength: 64 });
    expect(router.addresses(10).map((address) => address.address)).not.toContain('2001:db8::1');
    expect(router.addresses().some((address) => address.index === 1)).toBe(false);
  });

  test('the default route is added, replaced and deleted', () => {
    const route = { destination: '0.0.0.0', prefixLength: 0, gateway: '192.0.2.2' };
    router.addRoute(route);
    router.addRoute({ ...route, gateway: '192.0.2.3', replace: true });
    expect(router.routes()).toContainEqual(
      expect.objectContaining({ destination: '0.0.0.0', prefixLength: 0, gateway: '192.0.2.3', index: 10 }),
    );
    expect(router.routes().filter((entry) => entry.prefixLength === 0)).toHaveLength(1);
    router.deleteRoute({ destination: '0.0.0.0', prefixLength: 0 });
    expect(router.routes().some((entry) => entry.prefixLength === 0)).toBe(false);
    router.addRoute({ destination: '::', prefixLength: 0, gateway: 'fe80::1', index: 10 });
    expect(router.routes()).toContainEqual(
      expect.objectContaining({ family: 6, destination: '::', prefixLength: 0, gateway: 'fe80::1' }),
    );
  });

  test('neighbours are added, listed and flushed; those set by hand stay', () => {
    router.addNeighbour({ index: 10, address: '192.0.2.7', macAddress: '02:00:00:00:00:07', state: 'stale' });
    router.addNeighbour({ index: 10, address: '192.0.2.8', macAddress: '02:00:00:00:00:08' });
    expect(router.neighbours(10)).toContainEqual({
      index: 10,
      family: 4,
      address: '192.0.2.7',
      macAddress: '02:00:00:00:00:07',
      state: 'stale',
      router: false,
    });
    router.flushNeighbours(10);
    const left = router.neighbours(10).map((neighbour) => neighbour.address);
    expect(left).toContain('192.0.2.8');
    expect(left).not.toContain('192.0.2.7');
  });

  test("the bridge's table tells a port's own address", () => {
    const port = fabric.link(501)!;
    expect(fabric.forwardingTable(1000)).toContainEqual({
      macAddress: port.macAddress,
      index: 501,
      bridge: 1000,
      permanent: true,
    });
    fabric.flushForwardingTable(1000);
    fabric.setMulticastSnooping(1000, true);
  });

  test('a refusal is a typed error that says what was being done, and why in the words of the kernel', () => {
    const failure = (work: () => void): LinuxError => {
      try {
        work();
      } catch (error) {
        if (error instanceof LinuxError) return error;
      }
      throw new Error('no LinuxError was thrown');
    };
    expect(failure(() => fabric.createBridge({ name: 'lan' }))).toMatchObject({
      code: 'EEXIST',
      syscall: 'rtnetlink',
      context: 'create the bridge lan',
    });
    expect(failure(() => fabric.deleteLink(4711))).toMatchObject({ code: 'ENODEV' });
    expect(failure(() => fabric.indexOf('nobody')).message).toContain('find the interface nobody');
    const unreachable = failure(() =>
      router.addRoute({ destination: '10.9.0.0', prefixLength: 16, gateway: '203.0.113.1' }),
    );
    expect(unreachable.message).toMatch(/Nexthop has invalid gateway.*ENETUNREACH/);
    expect(() => fabric.deleteGroup(0)).toThrow(/no group of links/);
  });

  test('asynchronous requests come one after the other, and a refusal rejects', async () => {
    fabric.createVeth({ name: 'x', index: 701, up: true, peer: { name: 'y', index: 702 } });
    const down = fabric.changeLinkAsync(701, { up: false });
    const gone = fabric.deleteLinkAsync(701);
    const again = fabric.deleteLinkAsync(701);
    // Meanwhile this thread's own requests are answered.
    expect(fabric.link('lan')?.index).toBe(1000);
    await down;
    await gone;
    await expect(again).rejects.toMatchObject({ code: 'ENODEV' });
    expect(fabric.link(702)).toBeUndefined();
  });

  test('a watch tells of the loss of carrier, of addresses, and of a link that is gone', async () => {
    const changes: RouteChange[] = [];
    const monitor = watchRoute(r1, ['link', 'address'], (change) => changes.push(change));
    fabric.changeLink(501, { up: false });
    await until('the loss of carrier is told', () =>
      changes.some((change) => change.kind === 'link' && change.link.name === 'eth0' && !change.link.carrier),
    );
    router.addAddress({ index: 10, address: '198.51.100.1', prefixLength: 24 });
    await until('the address is told', () =>
      changes.some((change) => change.kind === 'address' && change.address.address === '198.51.100.1'),
    );
    await fabric.deleteGroupAsync(7);
    await until('the deletion is told', () =>
      changes.some((change) => change.kind === 'link' && change.removed && change.link.index === 10),
    );
    expect(fabric.link('p1')).toBeUndefined();
    expect(router.links().map((link) => link.name)).toEqual(['lo']);
    monitor.close();
  });

  test('a watch that was too slow is told that it lost announcements', () => {
    const changes: RouteChange[] = [];
    const monitor = watchRoute(own, ['link'], (change) => changes.push(change));
    // The event loop does not turn in here, so nothing is read until the buffer of 1 MB has overflowed.
    for (let round = 0; round < 2000; round += 1)
      fabric.changeLink(1000, { up: round % 2 === 0, mtu: 1400 + (round % 2) });
    return until('the loss is told', () => changes.some((change) => change.kind === 'lost')).finally(() =>
      monitor.close(),
    );
  });
});
