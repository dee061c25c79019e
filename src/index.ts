export type { Family } from './wire/vrrp.ts';
