/** What polywan.yaml(5) says before the tables of keys. */
export const HEAD = String.raw`.\" Written from the schema: npm run generate
.Dd November 21, 2026
.Dt POLYWAN.YAML 5
.Os
.Sh NAME
.Nm polywan.yaml
.Nd the uplinks of a router, for polywan
.Sh DESCRIPTION
A site is one file,
.Pa /etc/polywan/polywan.yaml
unless another is named, and one profile for each ISP beside it, by default every
.Pa profiles/*.yaml
and
.Pa profiles/*.yml
that is not hidden.
All are YAML 1.2.
Unknown keys, names that lead nowhere and values that contradict each other are refused, all at once, each at its
line and column.
.Pp
A name of a WAN or policy has at most 15 letters, digits, _ and \-, and begins with a letter.
A duration is a number and its unit, such as
.Ql 500ms , 10s , 1m30s , 2h
or
.Ql 1d ,
or a bare 0, and at most
.Ql 24d .
A mark or mask is written as hex
.Pq Ql 0x30
or decimal, with or without quotes.
A number without a unit that begins with a zero, be it a mark, a port or a user, is refused, since programs read such
numbers differently.
A prefix has no host bits:
.Ql 192.0.2.0/24 ,
never
.Ql 192.0.2.1/24 .
YAML takes a leading
.Ql \&!
for a tag, so a negated value stands in quotes:
.Ql \(dq!192.0.2.9\(dq .
One key is negated as a whole.
.Pp
In the names of keys below,
.Ql []
stands for each item of a list and
.Ql NAME
for a name you choose.`;

/** What it says after them. */
export const TAIL = String.raw`.Sh EXAMPLES
Two ISPs that share connections three to one, and a modem that waits:
.Bd -literal -offset indent
# /etc/polywan/polywan.yaml
version: 1
lan: [lan0]
policies:
  balanced:
    members:
      - { wan: fiber, weight: 3 }
      - { wan: cable, weight: 1 }
      - { wan: lte, tier: 2 }
steering:
  - { name: rest, policy: balanced }
.Ed
.Bd -literal -offset indent
# /etc/polywan/profiles/fiber.yaml
name: fiber
interface: wan0
gateway: auto
masquerade: ipv4
probes: [{ ping: 203.0.113.1 }, { ping: 198.51.100.1 }]
.Ed
.Pp
One host to one ISP, everything else to the other:
.Bd -literal -offset indent
steering:
  - { name: nas, source: 172.17.0.2, policy: by\-cable }
  - { name: rest, policy: by\-fiber }
.Ed
.Pp
A way that
.Ql polywan verify
checks:
.Bd -literal -offset indent
expect:
  - flow: { in: lan0, source: 172.17.0.2, destination: 203.0.113.9,
            protocol: tcp, destination_port: 443 }
    down: [fiber]
    exit: cable
.Ed
.Sh HEALTH
Probes are bound to their WAN.
Pings carry its mark; tcp, dns and http probes go out from its own address and from ports 61440 to 61951, which
.Cm local_traffic
and steering leave alone; a command learns the WAN from its environment
.Pq Ev POLYWAN_WAN , POLYWAN_INTERFACE , POLYWAN_MARK , POLYWAN_MASK
and binds itself.
Where two WANs have the same address, tcp, dns and http can be asked by the first of them alone.
.Pp
Every probe is judged alone.
An answer that does not come in time is lost: after
.Cm timeout
at the latest, and sooner once it is known how long answers take (their mean delay and four times its variation, but not
less than 100 ms).
An answer that comes late makes up for its loss, and counts with its true delay: a slow line is judged by
.Cm rtt ,
not as a dead one.
A ping may be as late as ten seconds, another probe as late as
.Cm timeout .
.Pp
A probe falls ill when
.Cm fall
of it in a row are lost or answered wrongly, or when loss or mean delay within the window reach
.Cm down .
It is well again after
.Cm rise
answers in a row, with loss and delay at or below
.Cm up .
In between it stays what it is.
The losses of an outage are not counted once it is over.
.Pp
A WAN is
.Bl -tag -width degraded
.It Em up
when as many probes as
.Cm quorum
says are well and none is ill.
.It Em degraded
when they are, but another probe is ill, or one family has lost its gateway or is down.
It is used as if it were up, for the families it carries.
.It Em down
when the quorum cannot be met, when the link or every gateway is gone, or while
.Cm hold
or
.Cm damping
last.
New connections go elsewhere.
.It Em unknown
when no probe can measure, as at the start or when its process died.
Nothing moves: what was in use stays in use, and a WAN that is down stays down.
A probe that says nothing for a minute, or for four intervals and timeouts where those are longer, is left out of the quorum.
.El
.Pp
Where IPv4 and IPv6 of a WAN have probes of their own each, they are judged apart, with quorum, hold, damping and
failback_after of their own.
When IPv6 dies while IPv4 answers, IPv6 goes by another WAN, its connections are reset, and IPv4 stays; the WAN is degraded
until IPv6 is back, and down when both are.
A probe belongs to the family of the address it asks, or in which its name is found (the first that the WAN carries); arp to
that of the gateway.
A command speaks for both, but cannot keep a family up whose own probes are all ill.
Where only one family has probes, they speak for the whole WAN.
.Pp
The cause is one of link, gateway (none, no address, or no answer to the arp probe), upstream (silence behind the gateway),
dns (name servers alone), portal (a login page), loss, rtt and admin
.Pq polywan wan .
.Pp
When no member of a policy is up its last resort holds.
The first that returns is used at once: a policy waits for
.Cm failback_after ,
.Cm hold
and
.Cm damping
only while it has another member.
Connections of a WAN that failed are reset once their policy has another one.
A monitor that is started again keeps to all of this: what was down, held back, or waiting stays so, for as long as it would
have.
.Sh FILES
.Bl -tag -width Ds -compact
.It Pa /etc/polywan/polywan.yaml
The site.
.It Pa /etc/polywan/profiles/*.yaml , /etc/polywan/profiles/*.yml
The profiles.
.El
.Sh SEE ALSO
.Xr polywan 8`;
