import { packetSuite } from './packets/packet-suite.ts';

packetSuite('nftables');
