import type { Flow } from './flow.ts';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';
import { CLIENT_DEVICE } from './network-batch.ts';

/**
 * Gives the packets of a flow the DSCP and MAC a rule asks for, on their way out of the client's device: Node's sockets
 * can set neither. The flow is known by its source port.
 */
export async function colour(lab: Lab, flow: Flow): Promise<void> {
  const dscp =
    (flow.dscp ?? 0) === 0 ? [] : [`${flow.family === 'ipv4' ? 'ip' : 'ip6'} dscp set ${flow.dscp}`];
  const mac = flow.mac === undefined ? [] : [`ether saddr set ${flow.mac}`];
  const changes = [...dscp, ...mac];
  if (changes.length === 0) return;
  const protocol = flow.family === 'ipv4' ? 'ip' : 'ip6';
  const rules = changes.map(
    (change) => `meta protocol ${protocol} ${flow.protocol} sport ${flow.sourcePort} ${change}\n`,
  );
  const input = `table netdev colour {
chain out {
type filter hook egress device "${CLIENT_DEVICE}" priority 0; policy accept;
${rules.join('')}}
}
`;
  const result = await lab.exec(`lan ${flow.in}`, 'nft', ['-f', '-'], { input });
  if (result.code !== 0) throw new LabError(result.stderr.trim());
}
