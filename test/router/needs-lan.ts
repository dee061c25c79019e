import { beforeEach } from 'vitest';
import { isRoot, requirePeer } from '../peers.ts';

const canBuildLans = isRoot && requirePeer('ip') && requirePeer('nft');

// Every file whose tests build LANs imports this one: they are skipped where none can be built. What builds LANs knows
// no vitest, for benches use it too.
beforeEach(({ skip }) => {
  skip(!canBuildLans, 'a LAN of routers needs root, ip and nft');
});
