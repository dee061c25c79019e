import { z } from 'zod';
import { LEDGER } from '../conformance/ledger/ledger.ts';
import { VARIANT_NAME } from './schema-values.ts';

/** What a file of known deviations may say (docs/schema/expectations.json is made from it). */

const requirement = z
  .string()
  .refine((id) => LEDGER.some((row) => row.id === id), { error: 'expected a requirement (vrrpbench requirements)' });

const scenarioNames = z.array(z.string().min(1)).min(1);

const knownDeviation = z
  .strictObject({
    finding: z.string().min(1).describe('What the router does, in one line'),
    requirement: requirement.optional().describe('The requirement that it breaks'),
    variants: z.array(VARIANT_NAME).min(1).describe('What it was seen in'),
    section: z.string().optional().describe('The document and section that it breaks: RFC 9568 §6.4.2'),
    evidence: z.string().min(1).describe('One sentence: which frames of which scenario show it'),
    rules: z
      .record(requirement, z.union([z.literal('anywhere'), scenarioNames]))
      .optional()
      .describe(
        'The requirements whose rules find it, the one that it breaks or one that follows, and in which scenarios; or in whatever is played',
      ),
    scenarios: z
      .record(z.string(), scenarioNames)
      .optional()
      .describe('The expectations that do not hold because of it, word for word, for each scenario'),
    sometimes: z.boolean().optional().describe('It depends on chance: a run that does not show it has not repaired it'),
  })
  .refine(({ rules, scenarios }) => rules !== undefined || scenarios !== undefined, {
    error: "expected 'rules' or 'scenarios': where it is seen",
  });

export const knownDeviationsSchema = z
  .strictObject({
    implementation: z.string().min(1).describe('As --router names it'),
    version: z.string().min(1).describe('The version of it that was looked at'),
    deviations: z.array(knownDeviation),
  })
  .meta({
    title: 'Known deviations of a router',
    description: 'What a router is known to do otherwise than VRRP asks: vrrpbench run --expect FILE',
  });

export type KnownDeviations = z.infer<typeof knownDeviationsSchema>;
export type KnownDeviation = KnownDeviations['deviations'][number];

/** The JSON Schema of files of known deviations (draft 2020-12), for editors. */
export function knownDeviationsJsonSchema(): object {
  return z.toJSONSchema(knownDeviationsSchema, { io: 'input' });
}
