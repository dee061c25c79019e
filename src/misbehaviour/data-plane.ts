import type { Misbehaviour } from './misbehaviour.ts';
import { advertisements, announcements } from './rewrite.ts';

/** What is wrong where hosts meet the router: the virtual MAC and the virtual addresses in the kernel. */
export const DATA_PLANE: readonly Misbehaviour[] = [
  {
    name: 'backup-answers',
    does: 'answers ARP and Neighbor Solicitations for the virtual addresses as Backup',
    breaks: ['backup.no-arp', 'backup.no-ns'],
    dataPlane: { servedAsBackup: ['questions'] },
  },
  {
    name: 'backup-forwards',
    does: 'forwards what is sent to the virtual MAC as Backup',
    breaks: ['backup.discard-vmac'],
    dataPlane: { servedAsBackup: ['transit'] },
  },
  {
    name: 'backup-accepts',
    does: 'accepts packets to the virtual addresses as Backup',
    breaks: ['backup.not-accept'],
    dataPlane: { servedAsBackup: ['packets'] },
  },
  {
    name: 'active-does-not-answer',
    does: 'answers no ARP and no Neighbor Solicitation for the virtual addresses as Active',
    breaks: ['active.arp', 'active.ns'],
    dataPlane: { ignoredAsActive: ['questions'] },
  },
  {
    name: 'active-does-not-forward',
    does: 'does not forward what is sent to the virtual MAC as Active',
    breaks: ['active.forward'],
    dataPlane: { ignoredAsActive: ['transit'] },
  },
  {
    name: 'active-does-not-accept',
    does: 'does not accept packets to the virtual addresses, though it owns them or is told to',
    breaks: ['active.accept-owner'],
    dataPlane: { ignoredAsActive: ['packets'] },
  },
  {
    name: 'accepts-always',
    does: 'accepts packets to the virtual addresses though told not to',
    breaks: ['active.not-accept'],
    dataPlane: { acceptMode: true },
  },
  {
    name: 'answers-with-physical-mac',
    does: "answers for the virtual addresses with the interface's own MAC address",
    breaks: ['active.arp', 'active.arp-not-physical', 'active.ns', 'active.ns-not-physical'],
    dataPlane: { physicalMac: true },
    frames: () => {
      const advertise = advertisements((one, { virtualMac }) => ({ ...one, sourceMac: virtualMac }));
      const announce = announcements((one, { virtualMac }) => ({ ...one, mac: virtualMac, sourceMac: virtualMac }));
      return (frame, sender) => advertise(frame, sender).flatMap((one) => announce(one, sender));
    },
  },
  {
    name: 'answers-when-stopped',
    does: 'goes on answering for the virtual addresses when it has stopped',
    breaks: ['down.no-residue'],
    dataPlane: { leftBehind: 'when-stopped' },
  },
  {
    name: 'answers-when-killed',
    does: 'goes on answering for the virtual addresses when it was killed',
    breaks: ['down.no-residue'],
    dataPlane: { leftBehind: 'when-killed' },
  },
];
