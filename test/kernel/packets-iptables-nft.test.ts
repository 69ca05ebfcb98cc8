import { packetSuite } from './packets/packet-suite.ts';

packetSuite('iptables-nft');
