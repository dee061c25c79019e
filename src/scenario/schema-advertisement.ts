import { z } from 'zod';
import { byVariant } from './schema-values.ts';

const octet = z.int().min(0).max(255);

/** A crafted advertisement: valid for the virtual router, but for the fields that are said. */
export const advertisementSchema = z
  .strictObject({
    'virtual-router': octet.optional().describe('VRID; the first virtual router of the LAN unless said'),
    version: byVariant(z.int().min(0).max(15)).optional(),
    type: z.int().min(0).max(15).optional(),
    priority: octet.optional().describe('100 unless said'),
    interval: byVariant(z.int().min(0).max(4095))
      .optional()
      .describe('As it is on the wire: version 3 in centiseconds, version 2 in seconds'),
    addresses: byVariant(z.array(z.string())).optional().describe("The virtual router's unless said"),
    count: octet.optional().describe('The address count, where it is to differ from the list'),
    reserved: z.int().min(0).max(15).optional(),
    checksum: z
      .union([z.enum(['message-alone', 'with-pseudo-header', 'wrong']), z.int().min(0).max(65535)])
      .optional()
      .describe('The convention; version 2 and IPv6 know one, version 3 over IPv4 has the pseudo-header unless said'),
    'authentication-type': octet.optional().describe('Version 2'),
    'authentication-data': z.string().max(8).optional().describe('Version 2, up to eight characters'),
    'trailing-octets': z.int().min(0).max(1000).optional().describe('Octets beyond the message'),
    'cut-octets': byVariant(z.int().min(0).max(1000)).optional().describe('Octets that are missing from its end'),
    ttl: octet.optional().describe('TTL or hop limit; 255 unless said'),
    protocol: octet.optional(),
    source: byVariant(z.string()).optional().describe("IP address; the sending node's unless said"),
    destination: byVariant(z.string()).optional().describe('IP address; the group unless said'),
    'source-mac': byVariant(z.string()).optional().describe("The virtual router's MAC unless said"),
    'destination-mac': byVariant(z.string()).optional().describe("The group's unless said"),
  })
  .describe('An advertisement, valid but for what is said');

export type AdvertisementDocument = z.infer<typeof advertisementSchema>;
