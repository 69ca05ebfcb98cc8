import { failoverTests } from './monitor/failover-tests.ts';
import { keepingTests } from './monitor/keeping-tests.ts';

failoverTests('iptables-legacy');
keepingTests('iptables-legacy');
