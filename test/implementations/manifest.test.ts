import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { manifestJsonSchema, parseManifest, readManifest } from '../../src/implementations/manifest.ts';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import { programPath } from '../../src/linux/programs.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import type { Variant } from '../../src/scenario/variant.ts';
import { NotPlayableError, type Stage } from '../../src/stage/stage.ts';
import { router } from '../lab/recording.ts';
import { requirePeer } from '../peers.ts';

const KEEPALIVED = 'docs/routers/keepalived.yaml';

const OURS = `
name: somebody-elses
cannot: [preempt-off]
files:
  their.conf: |
    {{#virtual-routers}}
    vrrp_instance {{number}} {
      version {{version}}
      interface {{interface}}
      virtual_router_id {{id}}
      use_vmac
      priority {{priority}}
      advert_int {{interval-s}}
      virtual_ipaddress {
        {{#addresses}}
        {{address}}
        {{/addresses}}
      }
    }
    {{/virtual-routers}}
start: [${process.execPath}, ${programPath('router')}, -f, '{folder}/their.conf']
ready: 'ready: \\d+ virtual router'
`;

const FAILOVER = `
name: The Active router loses its power
virtual-router: { interval: { v2-ipv4: 1s, otherwise: 300ms } }
routers: [r1, r2]
steps:
  - start: r1
  - await: { active: r1 }
  - start: r2
  - power-off: r1
  - await: { active: r2 }
expect:
  - takeover: { of: r2, after: power-off }
  - active: r2
  - rules: { only: [tx.ttl, tx.src-mac, tx.addresses] }
`;

describe('a manifest', () => {
  it('becomes what the lab is told: files, commands, when it is ready', () => {
    const launch = parseManifest(OURS, 'ours.yaml').launch(router('r1', 1, 'somebody-elses', { priority: 200 }));
    expect(launch.files[0]).toMatchObject({ path: 'their.conf' });
    expect(launch.files[0]!.text).toMatch(/^vrrp_instance 1 \{\n {2}version 3\n {2}interface eth0\n/);
    expect(launch.command.arguments).toEqual([programPath('router'), '-f', '{folder}/their.conf']);
    expect(launch).toMatchObject({ stopSignal: 'SIGTERM', stopTimeoutMs: 5_000, readyTimeoutMs: 20_000 });
  });

  it('says what its router cannot do, before anything starts', () => {
    const able = parseManifest(OURS, 'ours.yaml');
    expect(() => able.launch(router('r1', 1, 'somebody-elses', { preempt: false }))).toThrow(NotPlayableError);
    expect(() => able.launch(router('r1', 1, 'somebody-elses', { preempt: false }))).toThrow('cannot do preempt-off');
  });

  it.each([
    ['name: x', 'x.yaml: start:'],
    ['name: a b\nstart: [x]', 'x.yaml: name:'],
    ['name: x\nstart: [x]\ncannot: [fly]', 'x.yaml: cannot.0:'],
    ['name: x\nstart: [x]\nfiles: { ../up: "" }', 'x.yaml: files'],
    ['name: x\nstart: [x]\nready: "("', 'x.yaml: ready:'],
    ['name: x\nname: y', 'x.yaml: Map keys must be unique'],
  ])('%j is refused with its place', (text, message) => {
    expect(() => parseManifest(text, 'x.yaml')).toThrow(message);
  });

  it('that is not there is told so', async () => {
    await expect(readManifest('nowhere.yaml')).rejects.toThrow('nowhere.yaml: there is no such file');
  });

  it('has a published schema', async () => {
    expect(JSON.parse(await readFile('docs/schema/router.json', 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(manifestJsonSchema())),
    );
  });
});

describe('a router that the bench knows from its manifest alone', () => {
  const labs: Stage[] = [];
  afterAll(async () => {
    for (const lab of labs) await lab.close();
  });

  async function failover(text: string, variant: Variant) {
    const manifest = parseManifest(text, 'router.yaml');
    const lab = await openLab({
      launchFor: (described) => launchFor(described, [manifest]),
      implementations: availableImplementations([manifest]),
    });
    labs.push(lab);
    const scenario = parseScenario(FAILOVER, 'failover.yaml');
    const plan = compileScenario(scenario, { variant, implementation: manifest.name });
    const { verdict, reason, router: name, logs } = await runPlan(lab, plan, { seed: 1 });
    expect({ verdict, reason, name, logs }).toMatchObject({ verdict: 'pass', name: manifest.name });
  }

  it('is started, taken over from, and judged', () => failover(OURS, 'v3-ipv4'), 60_000);

  it.runIf(requirePeer('keepalived'))(
    'keepalived, by the example of the documentation',
    async () => failover(await readFile(KEEPALIVED, 'utf8'), 'v3-ipv6'),
    60_000,
  );
});
