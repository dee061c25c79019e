#!/usr/bin/env node
// Runs the router at the far end of a cable, as an operator would: ACTION ROUTER, the router's description as JSON on
// standard input. The environment says where: FAR_NAMESPACE (a path), FAR_ROUTER (native or keepalived), FAR_FOLDER.

import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const { FAR_NAMESPACE, FAR_ROUTER, FAR_FOLDER } = process.env;
const [action, name] = process.argv.slice(2);
const description = JSON.parse(readFileSync(0, 'utf8'));
const configuration = join(FAR_FOLDER, 'keepalived.conf');
const pidFile = join(FAR_FOLDER, 'pid');
const log = join(FAR_FOLDER, 'log');
appendFileSync(join(FAR_FOLDER, 'asked'), `${action} ${name}\n`);

const inside = ['nsenter', [`--net=${FAR_NAMESPACE}`]];
const ip = (...words) => {
  const [program, first] = inside;
  const { status, stderr } = spawnSync(program, [...first, 'ip', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

function instanceOf(router, index) {
  const { virtualRouterId, version, priority, advertisementIntervalNs, addresses, preempt, acceptMode } = router;
  return [
    `vrrp_instance v${index} {`,
    ' state BACKUP',
    ' interface eth0',
    ` version ${version}`,
    ` virtual_router_id ${virtualRouterId}`,
    ` priority ${priority}`,
    ` advert_int ${advertisementIntervalNs / 1e9}`,
    ` use_vmac vrrp.${virtualRouterId}`,
    ...(preempt ? [] : [' nopreempt']),
    ...(acceptMode ? [' accept'] : []),
    ' virtual_ipaddress {',
    ...addresses.map((address) => `  ${address}`),
    ' }',
    '}',
  ].join('\n');
}

const COMMANDS = {
  native: [process.execPath, 'dist/router.js', '--rfc', '9568', '-f', configuration],
  keepalived: [
    ...['keepalived', '-n', '-l', '-D', '-P', '-f', configuration],
    ...['-p', join(FAR_FOLDER, 'parent.pid'), '-r', join(FAR_FOLDER, 'vrrp.pid')],
  ],
};

function running() {
  if (!existsSync(pidFile)) return undefined;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

async function end(signal) {
  const pid = running();
  if (pid === undefined) return;
  process.kill(pid, signal);
  while (running() !== undefined) await setTimeout(10);
  rmSync(pidFile);
}

async function start() {
  writeFileSync(log, '');
  const out = openSync(log, 'a');
  const [program, first] = inside;
  const child = spawn(program, [...first, ...COMMANDS[FAR_ROUTER]], { detached: true, stdio: ['ignore', out, out] });
  writeFileSync(pidFile, String(child.pid));
  child.unref();
  const ready = /ready: \d+ virtual router|Entering (BACKUP|MASTER) STATE/;
  while (!ready.test(readFileSync(log, 'utf8'))) await setTimeout(10);
}

const ACTIONS = {
  connect() {
    for (const address of description.ports[0].addresses)
      ip('address', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []));
  },
  async configure() {
    await end('SIGTERM');
    writeFileSync(configuration, `${description.virtualRouters.map(instanceOf).join('\n')}\n`, { mode: 0o600 });
  },
  start,
  stop: () => end('SIGTERM'),
  kill: () => end('SIGKILL'),
};

if (ACTIONS[action] === undefined) process.exit(1);
await ACTIONS[action]();
