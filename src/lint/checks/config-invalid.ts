import type { Check } from '../check.ts';
import { settingCure } from '../cures/setting-cure.ts';

const PROFILE = 'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\nfamilies: ipv4\n';

export const configInvalid: Check = {
  id: 'config-invalid',
  severity: 'error',
  summary: 'a site or a profile that polywan would refuse',
  why: [
    'Everything that makes polywan refuse a site or a profile: unknown keys, values of a wrong kind, names of WANs and policies that do not exist, WANs that would have the same mark or table. As long as there is any of it, plan and apply do nothing.',
  ],
  bad: { files: { 'fiber.yaml': PROFILE.replace('gateway', 'gatewya') } },
  good: { files: { 'fiber.yaml': PROFILE } },
  run: ({ refused, sources }) =>
    refused.map((problem) => ({
      check: 'config-invalid',
      severity: 'error',
      message: problem.message,
      span: problem.span,
      path: [],
      cure: settingCure(sources, problem),
      key: problem.message,
    })),
};
