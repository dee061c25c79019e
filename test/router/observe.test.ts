import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPacketSocket } from '../../src/linux/packet-socket.ts';
import { programPath } from '../../src/linux/programs.ts';
import { type AdvertisementFrame, advertisementFrame } from '../../src/wire/build-advertisement.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { RunningProgram } from './running-program.ts';

let lan: Lan;
let folder: string;
beforeEach(async () => {
  lan = await buildLan();
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-observe-'));
});
afterEach(async () => {
  await lan.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A vrrp_instance of VRID 51, version 3 over IPv4 with the checksum of RFC 5798, that checks address lists. */
function instance(priority: number, interval: string, lines: readonly string[] = []): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', `advert_int ${interval}`, 'use_vmac'];
  const body = [...usual, `priority ${priority}`, 'garp_master_delay 0', 'garp_master_repeat 1', ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n192.0.2.101\n}\n}\n`;
}

function node(): LanNode {
  return lan.node('r1', ['192.0.2.1/24']);
}

/** Sends frames of a stronger router of VRID 51, at an interval of 10 s; `different` is what is wrong with them. */
function stronger(): (different?: Partial<AdvertisementFrame>) => void {
  const tester = lan.node('tester', []);
  const link = tester.route.indexOf('eth0');
  const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
  return (different = {}) => {
    const usual = { version: 3, virtualRouterId: 51, priority: 200, interval: 1000, source: '192.0.2.250' } as const;
    socket.send(advertisementFrame({ ...usual, addresses: ['192.0.2.101'], ...different }), link);
  };
}

/** The next line of standard output, as JSON: what a signal asks for. */
async function state(program: RunningProgram, signal: 'SIGUSR1' | 'SIGUSR2'): Promise<ReturnType<typeof JSON.parse>> {
  const before = program.output().split('\n').length;
  program.signal(signal);
  while (program.output().split('\n').length === before) await lan.pass(5);
  return JSON.parse(program.output().split('\n').at(-2)!);
}

function get(target: LanNode, ...words: string[]): string {
  return target.run('curl', '-s', '--max-time', '5', ...words);
}

/** Samples of one virtual router, and of the whole, by name and what tells them apart. */
function samples(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
      const kind = /(?:state|reason)="([^"]*)"/.exec(labels)?.[1];
      return [kind === undefined ? name : `${name} ${kind}`, Number(value)];
    }),
  );
}

describe('state and statistics', () => {
  it('counts the same in keepalived’s JSON, in RFC 8347’s model and in the metrics', async () => {
    const r1 = node();
    const path = join(folder, 'metrics');
    const router = lan.router(r1, instance(100, '10'), ['--metrics', `unix:${path}`]);
    await router.line(/ready: 1/);
    const send = stronger();
    send();
    send({ interval: 500 });
    send({ priority: 0 });
    send({ hopLimit: 64 });
    send({ hopLimit: 64 });
    send({ type: 2 });
    send({ version: 2 });
    send({ checksum: 'wrong' });
    send({ addresses: ['192.0.2.102'] });
    send({ addressCount: 9 });
    send({ virtualRouterId: 77 });
    send();
    await router.line(/discarded an advertisement from 192.0.2.250: length/);
    await router.line(/VRID 77, ipv4/);

    const [keepalived] = await state(router, 'SIGUSR1');
    expect(keepalived).toMatchObject({
      data: { iname: 'VI', vrid: 51, state: 1, base_priority: 100, effective_priority: 100, vips: ['192.0.2.101'] },
      stats: {
        advert_rcvd: 4,
        advert_sent: 0,
        become_master: 0,
        release_master: 0,
        packet_len_err: 1,
        advert_interval_err: 1,
        ip_ttl_err: 2,
        invalid_type_rcvd: 1,
        addr_list_err: 1,
        invalid_authtype: 0,
        pri_zero_rcvd: 1,
        pri_zero_sent: 0,
      },
    });

    const model = await state(router, 'SIGUSR2');
    const [link] = model['ietf-interfaces:interfaces'].interface;
    const [one] = link['ietf-ip:ipv4']['ietf-vrrp:vrrp']['vrrp-instance'];
    expect(link.name).toBe('eth0');
    expect(one).toMatchObject({
      vrid: 51,
      version: 'vrrp-v3',
      preempt: { enabled: true, 'hold-time': 0 },
      priority: 100,
      'accept-mode': true,
      'advertise-interval-centi-sec': 1000,
      'virtual-ipv4-addresses': { 'virtual-ipv4-address': [{ 'ipv4-address': '192.0.2.101' }] },
      state: 'backup',
      'is-owner': false,
      'last-adv-source': '192.0.2.250',
      // 3 intervals of 10 s and 156/256 of one.
      'master-down-interval': 3609,
      'skew-time': 6_093_750,
      'last-event': 'vrrp-event-startup',
      'new-master-reason': 'not-master',
      statistics: {
        'master-transitions': 0,
        'advertisement-rcvd': '4',
        'advertisement-sent': '0',
        'interval-errors': '1',
        'priority-zero-pkts-rcvd': '1',
        'priority-zero-pkts-sent': '0',
        'invalid-type-pkts-rcvd': '1',
        'address-list-errors': '1',
        'packet-length-errors': '1',
      },
      'vrrpbench:effective-priority': 100,
    });
    for (const text of [one['up-datetime'], one.statistics['discontinuity-datetime']]) {
      expect(Date.parse(text)).toBeGreaterThan(Date.now() - 60_000);
    }
    expect(model['ietf-vrrp:vrrp']).toMatchObject({
      'virtual-routers': 1,
      interfaces: 1,
      statistics: { 'checksum-errors': '1', 'version-errors': '1', 'vrid-errors': '1', 'ip-ttl-errors': '2' },
    });

    expect(samples(get(r1, '--unix-socket', path, 'http://router/metrics'))).toMatchObject({
      vrrp_master_transitions_total: 0,
      vrrp_advertisement_rcvd_total: 4,
      vrrp_advertisement_sent_total: 0,
      vrrp_interval_errors_total: 1,
      vrrp_priority_zero_pkts_rcvd_total: 1,
      vrrp_invalid_type_pkts_rcvd_total: 1,
      vrrp_address_list_errors_total: 1,
      vrrp_packet_length_errors_total: 1,
      vrrp_checksum_errors_total: 1,
      vrrp_version_errors_total: 1,
      vrrp_vrid_errors_total: 1,
      vrrp_ip_ttl_errors_total: 2,
      vrrp_effective_priority: 100,
      'vrrp_state backup': 1,
      'vrrp_state active': 0,
      'vrrp_discarded_total ttl': 2,
      vrrp_virtual_routers: 1,
    });
  });

  it('tells why it became Active, and since when', async () => {
    const router = lan.router(node(), instance(100, '0.1'));
    await router.line(/Entering MASTER STATE/);
    const model = await state(router, 'SIGUSR2');
    const [one] = model['ietf-interfaces:interfaces'].interface[0]['ietf-ip:ipv4']['ietf-vrrp:vrrp']['vrrp-instance'];
    expect(one).toMatchObject({
      state: 'master',
      'last-event': 'vrrp-event-master-timeout',
      'new-master-reason': 'no-response',
      statistics: { 'master-transitions': 1, 'vrrpbench:announcement-sent': '1' },
    });
    expect(Number(one.statistics['advertisement-sent'])).toBeGreaterThan(0);
  });

  it('counts Router Advertisements, in each of them', async () => {
    const r1 = lan.node('r1', ['fe80::1/64']);
    const path = join(folder, 'metrics');
    const text = instance(100, '0.1', ['router_advertisement {\nmin_interval 3\nmax_interval 4\n}']);
    const router = lan.router(r1, text.replace('192.0.2.101', 'fe80::51'), ['--metrics', `unix:${path}`]);
    await router.line(/ready: 1/);
    const counts = async (): Promise<unknown> => {
      const [{ stats }] = await state(router, 'SIGUSR1');
      const model = await state(router, 'SIGUSR2');
      const [one] = model['ietf-interfaces:interfaces'].interface[0]['ietf-ip:ipv6']['ietf-vrrp:vrrp']['vrrp-instance'];
      const text = get(r1, '--unix-socket', path, 'http://router/metrics');
      return [
        stats.router_advert_sent,
        one.statistics['vrrpbench:router-advertisement-sent'],
        samples(text).vrrp_router_advertisement_sent_total,
      ];
    };
    expect(await counts()).toEqual([0, '0', 0]);
    const first = await lan.until('a Router Advertisement', ({ neighbor }) => neighbor?.type === 134);
    expect(await counts()).toEqual([1, '1', 1]);
    await lan.until('another one', ({ neighbor, timeNs }) => neighbor?.type === 134 && timeNs > first.timeNs);
    expect(await counts()).toEqual([2, '2', 2]);
  });

  it('names every leaf of RFC 8347 that it writes as its module does', async () => {
    const router = lan.router(node(), instance(100, '10'));
    await router.line(/ready: 1/);
    const names = new Set<string>();
    JSON.stringify(await state(router, 'SIGUSR2'), (key, value) => {
      if (/^[a-z]/.test(key) && !key.startsWith('vrrpbench:')) names.add(key.replace(/^ietf-[a-z]+:/, ''));
      return key.startsWith('vrrpbench:') ? undefined : value;
    });
    const leaves = readFileSync(new URL('./rfc8347-names.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect([...names].filter((name) => !leaves.includes(name))).toEqual([]);
  });
});

describe('metrics', () => {
  it('are offered at a port of loopback, and nothing else is', async () => {
    const r1 = node();
    const router = lan.router(r1, instance(100, '10'), ['--metrics', ':9112']);
    await router.line(/ready: 1/);
    expect(get(r1, 'http://127.0.0.1:9112/metrics')).toContain('# TYPE vrrp_advertisement_sent_total counter');
    expect(get(r1, '-o', '/dev/null', '-w', '%{http_code}', 'http://127.0.0.1:9112/')).toBe('404');
    expect(get(r1, '-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', 'http://127.0.0.1:9112/metrics')).toBe('405');
    expect(r1.run('ss', '-Hltn').match(/\S+:9112/g)).toEqual(['127.0.0.1:9112']);
  });

  it('replace the socket of a router that was killed, and leave none', async () => {
    const path = join(folder, 'metrics');
    const r1 = node();
    const options = ['--metrics', `unix:${path}`];
    const killed = lan.router(r1, instance(100, '10'), options);
    await killed.line(/ready: 1/);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    killed.signal('SIGKILL');
    await killed.ended;
    const router = lan.router(r1, instance(100, '10'), options);
    await router.line(/ready: 1/);
    expect(get(r1, '--unix-socket', path, 'http://router/metrics')).toContain('vrrp_virtual_routers 1');
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('that cannot be offered stop the router, which undoes everything', async () => {
    const path = join(folder, 'a-file');
    writeFileSync(path, 'of somebody else');
    const r1 = node();
    const before = r1.run('ip', '-br', 'link');
    const router = lan.router(r1, instance(100, '10'), ['--metrics', `unix:${path}`]);
    expect(await router.ended).toBe(1);
    expect(router.lines.join('\n')).toMatch(/the metrics cannot be offered: .*EADDRINUSE/);
    expect(r1.run('ip', '-br', 'link')).toBe(before);
    expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  });

  it.each(['unix:relative', ':0', ':70000', '9112', 'localhost:9112', '[::1]', ''])('refuse %j', (text) => {
    const words = [programPath('router'), '--metrics', text, '--config-test'];
    expect(() => execFileSync(process.execPath, words, { stdio: 'pipe', encoding: 'utf8' })).toThrow(
      expect.objectContaining({ status: 2, stderr: expect.stringContaining('--metrics') }),
    );
  });

  it('cost a router that is not asked for them nothing: their library is not in its bundle', () => {
    const loaded = loadedAtStart(programPath('router'));
    expect(loaded).toContain('advertisements for VRID');
    for (const library of ['prom-client', 'pino', 'node:http']) {
      expect(loaded.includes(`node_modules/${library}`) || loaded.includes(`from "${library}"`)).toBe(false);
    }
  });
});

/** The text of a program, and of the chunks that it imports whatever it is asked for. */
function loadedAtStart(program: string, seen = new Set<string>()): string {
  if (seen.has(program)) return '';
  seen.add(program);
  const text = readFileSync(program, 'utf8');
  const chunks = [...text.matchAll(/^(?:import|\}.*from) "(\.\.?\/[^"]+)";/gm)].map(([, path]) =>
    join(program, '..', path!),
  );
  return [text, ...chunks.map((chunk) => loadedAtStart(chunk, seen))].join('\n');
}

describe('the log', () => {
  it('tells each reason to discard once, and with the next line how many there were', async () => {
    const router = lan.router(node(), instance(100, '10'));
    await router.line(/ready: 1/);
    const send = stronger();
    for (let sent = 0; sent < 500; sent += 1) send({ hopLimit: 64 });
    for (let sent = 0; sent < 500; sent += 1) send({ checksum: 'wrong' });
    for (let sent = 0; sent < 500; sent += 1) send({ virtualRouterId: 77 });
    for (let sent = 0; sent < 500; sent += 1) send({ interval: 700 });
    send({ type: 3 });
    await router.line(/: type/);
    const told = router.lines.filter((line) => /discarded|VRID|another interval/.test(line));
    expect(told.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      '(VI) discarded an advertisement from 192.0.2.250: ttl',
      '(VI) discarded an advertisement from 192.0.2.250: checksum',
      "advertisements for VRID 77, ipv4, are on the LAN: none of this router's",
      '(VI) received an advertisement with another interval: 192.0.2.250',
      '(VI) discarded an advertisement from 192.0.2.250: type',
    ]);
    const [{ stats }] = await state(router, 'SIGUSR1');
    expect(stats).toMatchObject({ ip_ttl_err: 500, advert_interval_err: 500, discarded: { checksum: 500 } });
  });

  it('is JSON where it is asked for, every line, with fields beside the words', async () => {
    const text = instance(100, '0.1', ['debug 3']);
    const router = lan.router(node(), text, ['--log', 'json']);
    await router.line(/Entering MASTER STATE/);
    router.signal('SIGTERM');
    await router.ended;
    const lines = router.lines.map((line) => JSON.parse(line));
    for (const { level, time, msg } of lines) {
      expect(level).toMatch(/^(info|warn|error)$/);
      expect(new Date(time).toISOString()).toBe(time);
      expect(msg).toMatch(/\S/);
    }
    expect(lines[0]).toMatchObject({ level: 'warn', event: 'configuration', msg: expect.stringContaining('debug') });
    expect(lines.find(({ to }) => to === 'active')).toMatchObject({
      level: 'info',
      event: 'transition',
      instance: 'VI',
      from: 'backup',
      reason: 'silence',
      priority: 100,
      msg: '(VI) Entering MASTER STATE (Receive advertisement timeout)',
    });
    expect(lines.at(-1)).toMatchObject({ event: 'stopped', msg: 'Stopped' });
  });

  it.each(['text', 'json'])('as %s holds up nothing where nobody reads it, nor at the end', async (format) => {
    const r1 = node();
    const router = lan.router(r1, instance(100, '0.01'), ['--log', format]);
    await router.line(/Entering MASTER STATE/);
    const configuration = router.child.spawnargs.at(router.child.spawnargs.indexOf('-f') + 1)!;
    const text = readFileSync(configuration, 'utf8');
    // Hundreds of complaints a reload, and the state at every signal: pipes take 64 KB.
    writeFileSync(configuration, `${text}${'no_such_keyword\n'.repeat(300)}`);
    router.child.stderr!.pause();
    router.child.stdout!.pause();
    for (let round = 0; round < 8; round += 1) {
      router.signal('SIGHUP');
      for (let asked = 0; asked < 20; asked += 1) {
        router.signal('SIGUSR1');
        await lan.pass(10);
      }
    }
    const first = lan.frames.length;
    const begin = lan.clock.now();
    await lan.pass(1000);
    const elapsedNs = lan.clock.now() - begin;
    const seen = lan.frames.slice(first).filter(({ vrrp }) => vrrp !== undefined);
    expect(seen.length).toBeGreaterThan((elapsedNs / 10_000_000) * 0.8);
    router.signal('SIGTERM');
    await lan.until('priority 0', ({ vrrp }) => vrrp?.priority === 0);
    expect(await router.ended).toBe(0);
  });
});
