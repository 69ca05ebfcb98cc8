/** Profiles that examples of site checks are about when they are about something else. */
export const FIBER = `name: fiber
interface: wan0
gateway: 192.0.2.1
masquerade: ipv4
probes: [{ ping: 203.0.113.1 }]
`;

export const CABLE = `name: cable
interface: wan1
gateway: 198.51.100.1
masquerade: ipv4
probes: [{ ping: 203.0.113.2 }]
`;

export const PROFILES = { 'profiles/fiber.yaml': FIBER, 'profiles/cable.yaml': CABLE } as const;

/** One policy over both, for everything. */
export const SITE = `version: 1
lan: [lan0]
policies:
  balanced:
    members: [{ wan: fiber }, { wan: cable }]
steering:
  - { name: rest, policy: balanced }
`;
