import { refusesInSite } from './refuses.ts';

refusesInSite([
  [
    'an expectation on an unknown WAN',
    'expect: [{ flow: { in: lan0, destination: 203.0.113.9, protocol: tcp }, down: [fibre], exit: cabel }]',
    '4:80: unknown WAN "fibre" (fiber)',
    '4:94: unknown WAN "cabel" (cable)',
  ],
  [
    'a flow whose keys are not indented, none of which is told as unknown',
    'expect:\n  - flow:\n    in: lan0\n    destination: 203.0.113.9\n    protocol: tcp\n    exit: fiber\n    dwon: cable',
    '5:9: expected a mapping with in, destination and protocol, not nothing: indent what belongs to it',
    '10:5: unknown key "dwon" (down)',
  ],
  [
    'a flow from where nothing comes in',
    'expect: [{ flow: { in: routr, destination: 203.0.113.9, protocol: tcp }, exit: fiber }]',
    '4:24: "routr" is no interface of lan (router)',
  ],
  [
    'an exit that is down',
    'expect: [{ flow: { in: lan0, destination: 203.0.113.9, protocol: tcp }, down: fiber, exit: fiber }]',
    '4:92: "fiber" is down and cannot be the exit',
  ],
  [
    'an expected flow by a name that is too long for an interface',
    'expect: [{ flow: { in: lan0abcdefghijkl, destination: 203.0.113.9, protocol: tcp }, exit: fiber }]',
    '4:24: expected one interface of lan, by its whole name, or router, not "lan0abcdefghijkl"',
  ],
  [
    'an expected flow by many interfaces',
    'expect: [{ flow: { in: lan+, destination: 203.0.113.9, protocol: tcp }, exit: fiber }]',
    '4:24: expected one interface of lan, by its whole name, or router, not "lan+"',
  ],
  [
    'an expected flow of two families',
    'expect: [{ flow: { in: lan0, source: 192.0.2.9, destination: "2001:db8::9", protocol: tcp }, exit: fiber }]',
    '4:63: the destination is ipv6, but the source is ipv4',
  ],
  [
    'an expected flow with ports of ICMP',
    'expect: [{ flow: { in: lan0, destination: 203.0.113.9, protocol: icmp, source_port: 1 }, exit: fiber }]',
    '4:72: source_port: icmp has no ports',
  ],
  [
    'an expected flow from inside with a user',
    'expect: [{ flow: { in: lan0, destination: 203.0.113.9, protocol: tcp, uid: 1000 }, exit: fiber }]',
    '4:71: uid needs in: router',
  ],
]);
