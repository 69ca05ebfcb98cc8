/** What networkd itself is given too. */
export const NETWORK = `[Match]
Name=wan0

[Network]
Address=192.0.2.10/24
Gateway=192.0.2.1
Address=2001:db8:7::2/64
IPv6AcceptRA=no

[Route]
Gateway=192.0.2.1
Table=101
Metric=5

[Route]
Destination=203.0.113.0/24
Type=unreachable
Table=101

[RoutingPolicyRule]
# the uplink's own
From=192.0.2.10
Table=101
Priority=1000

[RoutingPolicyRule]
Family=both
FirewallMark=0x2/0xff
Table=102
Priority=1001

[RoutingPolicyRule]
To=2001:db8::/32
Table = 103
Table = 104
InvertRule=yes
Priority=1002

[RoutingPolicyRule]
IncomingInterface=lan0
OutgoingInterface=wan0
IPProtocol=tcp
SourcePort=1000-2000
DestinationPort=443
TypeOfService=16
User=1000-1001
Type=blackhole
Priority=1003

[RoutingPolicyRule]
Table=main
SuppressPrefixLength=0
Priority=1004
`;
