import { z } from 'zod';
import { CONFLICT_KINDS } from '../scenario/rehearsal/conflict.ts';

/** What `vrrpbench rehearse --json` prints: docs/schema/rehearsal.json is made from it. Times are in milliseconds. */

/** Rises when a reader of before would misread. */
export const REHEARSAL_VERSION = 1;

const family = z.enum(['ipv4', 'ipv6']);

const virtualRouterKey = { lan: z.string(), vrid: z.int(), family };

const conflict = z.strictObject({
  ...virtualRouterKey,
  kind: z.enum(CONFLICT_KINDS),
  level: z.enum(['error', 'warning']).describe('error: it does not work, or not with its backup'),
  message: z.string().describe('What each file says'),
  consequence: z.string().describe('What follows from it, and the cure'),
  places: z.array(z.strictObject({ router: z.string(), file: z.string(), line: z.int(), column: z.int() })),
});

const lan = z.strictObject({
  name: z.string(),
  interfaces: z.array(z.strictObject({ router: z.string(), interface: z.string() })),
  networks: z.array(
    z.strictObject({ network: z.string(), assumed: z.boolean().describe('No file says how large it is') }),
  ),
  because: z.array(z.string()).describe('What says that these interfaces are on one LAN'),
});

const virtualRouter = z.strictObject({
  ...virtualRouterKey,
  members: z.array(z.strictObject({ router: z.string(), name: z.string(), priority: z.int() })),
  addresses: z.array(z.string()).describe('Advertised or not, as the first of the files has them'),
});

export const rehearsalSchema = z
  .strictObject({
    rehearsalVersion: z.literal(REHEARSAL_VERSION),
    routers: z.array(z.strictObject({ name: z.string(), file: z.string() })),
    lans: z.array(lan),
    virtualRouters: z.array(virtualRouter),
    conflicts: z.array(conflict),
  })
  .meta({ title: 'A rehearsal by vrrpbench', description: 'What vrrpbench rehearse --json prints.' });

export type RehearsalReport = z.infer<typeof rehearsalSchema>;

/** The JSON Schema (draft 2020-12) of the report. */
export function rehearsalJsonSchema(): object {
  return z.toJSONSchema(rehearsalSchema);
}
