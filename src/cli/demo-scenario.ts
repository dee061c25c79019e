import type { ScenarioDocument } from '../scenario/schema.ts';

/** What the demo plays: short, so that it is over soon, and with an interval that real networks use. */
export const DEMO_INTERVAL = '300ms';

/** Two routers, a host that asks once a millisecond, and the end of the Active router's power. */
export const DEMO_SCENARIO: ScenarioDocument = {
  name: 'The Active router loses its power',
  'virtual-router': { interval: DEMO_INTERVAL },
  routers: ['r1', 'r2'],
  hosts: ['h1'],
  steps: [
    { start: ['r1', 'r2'] },
    { await: { active: 'r1' } },
    { probe: null },
    { pause: '400ms' },
    { 'power-off': 'r1' },
    { await: { active: 'r2' } },
    { pause: '400ms' },
    'end-probe',
  ],
  expect: [
    { takeover: { of: 'r2', after: 'power-off' } },
    { outage: { below: 'active-down-interval + 20ms' } },
    { active: 'r2' },
  ],
};
