import { failoverTests } from './monitor/failover-tests.ts';

failoverTests('nftables');
