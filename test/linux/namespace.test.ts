import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { LinuxError } from '../../src/linux/libc.ts';
import { createNetworkNamespace, inNamespace, openNamespace } from '../../src/linux/namespace.ts';
import { openRoute } from '../../src/linux/netlink/route.ts';
import { isRoot } from '../peers.ts';
import { enterSandbox, NEEDS_ROOT, openDescriptors } from './sandbox.ts';

describe.skipIf(!isRoot)(`network namespaces${NEEDS_ROOT}`, () => {
  beforeAll(() => {
    enterSandbox();
  });
  const here = (): string => readlinkSync('/proc/thread-self/ns/net');

  test('a new one holds a loopback alone, has a name for ip netns, and this thread is back where it was', () => {
    const before = here();
    const namespace = createNetworkNamespace('r1');
    expect(here()).toBe(before);
    const route = openRoute(namespace);
    expect(route.links().map((link) => link.name)).toEqual(['lo']);
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).toContain('r1');
    route.close();
    namespace.delete();
    expect(existsSync(namespace.path)).toBe(false);
  });

  test('a process that is started inside stays inside; one started by name is in the same', () => {
    const namespace = createNetworkNamespace('r2');
    const inside = inNamespace(namespace, () => here());
    expect(inside).not.toBe(here());
    const spawned = inNamespace(namespace, () => spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }));
    expect(spawned.stdout.trim()).toBe(inside);
    const entered = execFileSync('nsenter', [`--net=${namespace.path}`, 'readlink', '/proc/self/ns/net'], {
      encoding: 'utf8',
    });
    expect(entered.trim()).toBe(inside);
    namespace.delete();
  });

  test('a window that throws leads back; windows may be nested', () => {
    const outer = createNetworkNamespace('outer');
    const inner = createNetworkNamespace('inner');
    const before = here();
    expect(() =>
      inNamespace(outer, () => {
        const inOuter = here();
        expect(() =>
          inNamespace(inner, () => {
            throw new Error('inside');
          }),
        ).toThrow('inside');
        expect(here()).toBe(inOuter);
        throw new Error('outside');
      }),
    ).toThrow('outside');
    expect(here()).toBe(before);
    outer.delete();
    inner.delete();
  });

  test('another process is found by its id, and what is not there by a typed error', () => {
    const namespace = openNamespace(process.pid);
    expect(inNamespace(namespace, here)).toBe(here());
    namespace.close();
    expect(() => openNamespace('nobody')).toThrow(LinuxError);
    expect(() => openNamespace('nobody')).toThrow(/open the network namespace \/run\/netns\/nobody.*ENOENT/);
  });

  test('a name is used once, and a second one leaves nothing open', () => {
    const namespace = createNetworkNamespace('twice');
    const before = openDescriptors();
    expect(() => createNetworkNamespace('twice')).toThrow(/EEXIST/);
    expect(() => createNetworkNamespace('../twice')).toThrow(/no name for a namespace/);
    expect(openDescriptors()).toBe(before);
    namespace.delete();
  });
});
