import { z } from 'zod';
import { advertisementSchema } from './schema-advertisement.ts';
import { byVariant, nameText, oneOf, termText } from './schema-values.ts';

const question = z.strictObject({
  for: byVariant(z.string())
    .optional()
    .describe('The address that is asked for; the first virtual address unless said'),
  'destination-mac': byVariant(z.string()).optional().describe('Broadcast, or the solicited-node group, unless said'),
});

const packet = z.strictObject({
  to: byVariant(z.string()).optional().describe('Address or node; the first virtual address unless said'),
  ttl: z.int().min(1).max(255).optional().describe('TTL or hop limit; 64 unless said'),
  source: byVariant(z.string()).optional().describe("IP address; the sending node's unless said"),
  'destination-mac': byVariant(z.string())
    .optional()
    .describe("The virtual router's MAC unless said; of a multicast destination its group's"),
});

/** Crafted frames that leave a node's port. */
export const sendSchema = oneOf(
  {
    advertisement: z.union([z.null(), advertisementSchema]).optional(),
    question: z.union([z.null(), question]).optional().describe('An ARP request, or a Neighbor Solicitation'),
    solicitation: z.null().optional().describe('A Router Solicitation to all routers; IPv6 alone'),
    datagram: z.union([z.null(), packet]).optional().describe('A UDP datagram, that a router may forward'),
    echo: z.union([z.null(), packet]).optional().describe('An echo request'),
  },
  {
    'alternating-with': advertisementSchema
      .optional()
      .describe('Every other frame is this advertisement: the control that differs in one field'),
    last: advertisementSchema.optional().describe('The last of them is this advertisement instead'),
    from: nameText
      .optional()
      .describe(
        'The node whose port sends: advertisements come from a tester, all else from the first host unless said',
      ),
    lan: nameText.optional(),
    count: z.int().min(1).max(100_000).optional().describe('How many; 1 unless said'),
    for: termText.optional().describe('Instead of a count: for so long; the next step begins when it is over'),
    every: termText.optional().describe('The time between two frames; the advertisement interval unless said'),
  },
);

export const keepSendingSchema = oneOf(
  {
    advertisement: z.union([z.null(), advertisementSchema]).optional(),
    question: z.union([z.null(), question]).optional().describe('An ARP request, or a Neighbor Solicitation'),
    solicitation: z.null().optional().describe('A Router Solicitation to all routers; IPv6 alone'),
    datagram: z.union([z.null(), packet]).optional().describe('A UDP datagram, that a router may forward'),
    echo: z.union([z.null(), packet]).optional().describe('An echo request'),
  },
  {
    name: nameText.optional().describe('To end it by'),
    'alternating-with': advertisementSchema.optional(),
    from: nameText.optional(),
    lan: nameText.optional(),
    every: termText.optional().describe('The time between two frames; the advertisement interval unless said'),
  },
);

export const answerSchema = z.strictObject({
  for: byVariant(z.string())
    .optional()
    .describe('The address; the first virtual address that is not link-local unless said'),
  mac: z.string().optional().describe("The MAC address that is answered; the node's own unless said"),
  from: nameText.optional().describe('The node at whose port this is done; a tester unless said'),
  lan: nameText.optional(),
});

export type AnswerDocument = z.infer<typeof answerSchema>;
export type SendDocument = z.infer<typeof sendSchema>;
export type KeepSendingDocument = z.infer<typeof keepSendingSchema>;
export type QuestionDocument = z.infer<typeof question>;
export type PacketDocument = z.infer<typeof packet>;
