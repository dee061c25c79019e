import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, lab, type Run, scenario } from 'vrrpbench';
import 'vrrpbench/vitest';

const VARIANTS = ['v2-ipv4', 'v3-ipv4', 'v3-ipv6'] as const;

let bench: Lab;
const runs = new Map<string, Run>();

// Side by side: each on a LAN of its own. `router` may be native, keepalived, frr, or a name in a manifest of `lab`.
beforeAll(async () => {
  bench = await lab();
  const powerOff = await scenario('power-off.yaml');
  await Promise.all(
    VARIANTS.map(async (variant) => runs.set(variant, await bench.play(powerOff, { router: 'native', variant }))),
  );
});
afterAll(() => bench.close());

describe.each(VARIANTS)('the gateway, as %s', (variant) => {
  it('takes over, and hosts notice for no longer than the RFC allows', () => {
    expect(runs.get(variant)).toPass();
    expect(runs.get(variant)).toFailOverWithin('active-down-interval + 20ms');
  });

  it('breaks no rule of VRRP', async () => {
    await expect(runs.get(variant)).toConform(variant === 'v2-ipv4' ? 'rfc3768' : 'rfc9568');
  });
});
