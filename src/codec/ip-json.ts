export { readAddresses } from './ip-address-json.ts';
export { readLinks } from './ip-link-json.ts';
export { readRoutes } from './ip-route-json.ts';
export { readPolicyRules } from './ip-rule-json.ts';
