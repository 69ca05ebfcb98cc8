/** What every exit code means; the manual and the README show the same. */
export const EXIT_CODES = [
  { code: 0, meaning: 'Everything went well.' },
  { code: 1, meaning: 'There are findings, differences, or a WAN that is not well.' },
  {
    code: 2,
    meaning:
      'The call, the site or a profile is wrong, or a file that was named cannot be read. Nothing was touched.',
  },
  {
    code: 3,
    meaning:
      'The machine refused, and what had been changed was taken back. Where only the output could not be written, what was changed stays.',
  },
] as const;

/** What polywan(8) says before the commands. */
export const HEAD = String.raw`.\" Written from the commands' tables: npm run generate
.Dd November 21, 2026
.Dt POLYWAN 8
.Os
.Sh NAME
.Nm polywan
.Nd several internet uplinks on one router
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar options
.Nm
.Ar command
.Fl -help
.Nm
.Fl -version
.Sh DESCRIPTION
From one file for the site and one profile for each ISP,
.Nm
makes routing tables, policy rules, packet and connection marks and address translation, so that traffic leaves by the
uplink (WAN) it was meant for, connections stay on it, and replies come back the way they came.
The files are described in
.Xr polywan.yaml 5 .
.Pp
What it makes is tagged as its own: policy rules and routes by a protocol number, nftables by a table named polywan,
iptables by chains whose names begin with polywan\-.
Everything else on the machine is left as it is.`;

/** What it says after them. */
export const TAIL = String.raw`.Sh MONITOR
Probes, health and failover need
.Nm
.Cm monitor
to run, best as the service
.Pa polywan\-monitor
.Pq Ic systemctl enable \-\-now polywan\-monitor .
Without it every WAN counts as up.
.Nm
.Cm status
shows what it knows,
.Nm
.Cm log
what it did, and
.Nm
.Cm wan
overrides it.
Only root may ask it: its socket is monitor.sock in the folder of the runtime state.
.Ss Hooks
The commands under
.Cm hooks
of a profile, then those of the site, run when a WAN comes into use or goes down.
They run one after the other, by
.Xr sh 1 ,
for at most 30 seconds each, and nothing waits for them.
Their standard input is the whole state as one line of JSON, as in
.Cm monitor
of
.Ql polywan status \-\-json .
Their environment has, beside the daemon's own:
.Bl -tag -width Ds
.It Ev POLYWAN_WAN , POLYWAN_INTERFACE , POLYWAN_TABLE , POLYWAN_MARK
The WAN, its interface, its table, and its mark with the mask, as 0x1000000/0xff000000.
.It Ev POLYWAN_FROM , POLYWAN_TO , POLYWAN_CAUSE
The health before and after, and what is or was wrong; empty where nothing is known.
.It Ev POLYWAN_UP , POLYWAN_DEGRADED , POLYWAN_DOWN , POLYWAN_UNKNOWN
Names of the WANs of each health now, with spaces between.
.El
.Sh SIGNALS
A command that is told to end by SIGINT or SIGTERM while it changes the machine takes back what it has done and exits
with 3, unless only the last step was left; before its first step it just ends.
SIGHUP, which comes when a terminal goes, does not end it then: the change is finished.
After SIGKILL or a crash the next run finds the journal and does the same first.
A reader that closes the pipe early is no error.
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev POLYWAN_STATE_DIR
The folder of the runtime state; /run/polywan unless set.
.It Ev POLYWAN_TOOL_TIMEOUT
How long
.Xr ip 8 ,
.Xr nft 8
and the others may take for one thing they are asked, such as 2m; 30s unless set.
A tool that takes longer is killed, and the change is taken back.
.It Ev POLYWAN_IPTABLES
Where the backend is iptables: iptables\-nft or iptables\-legacy, to take that one; unless set it is the one that
.Xr iptables 8
leads to.
Set it for polywan.service and polywan\-monitor.service as well.
.It Ev NO_COLOR
When set and not empty, nothing is printed in colour.
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/polywan/polywan.yaml
The site, unless another is named.
.It Pa /etc/polywan/profiles/*.yaml , /etc/polywan/profiles/*.yml
The profiles, one for each ISP, unless the site names others.
.It Pa /run/polywan
The journal, the lock, what was applied last, and what nft can do here.
It is gone after a reboot.
.It Pa /etc/iproute2/rt_tables.d/polywan.conf
Names of polywan's routing tables, for ip(8).
.It Pa /etc/dnsmasq.d/polywan.conf
The sets that dnsmasq fills, where a steering rule has a domain.
Where one of these two was not written by polywan, it stays as it is, and apply says so.
.It Pa /usr/local/share/polywan
Ready-made profiles, example sites, and the JSON Schemas for editors.
.El
.Sh EXAMPLES
A first evening:
.Bd -literal -offset indent
polywan init
polywan lint
polywan plan
polywan apply \-\-confirm 60s
polywan confirm
.Ed
.Sh SEE ALSO
.Xr polywan.yaml 5 ,
.Xr polywan-checks 7 ,
.Xr ip 8 ,
.Xr nft 8 ,
.Xr iptables 8
.Sh BUGS
Where the router itself was told of a smaller path MTU to an IPv6 host, the kernel keeps it for ten minutes as if the main
table had a route to that host.
So long what is steered to the same host leaves by the main table's default, too.
IPv4 has no such thing.
.Pp
A program of the router that binds to the interface of a WAN stays there.
Where its traffic is steered by
.Cm local_traffic
and that interface has rp_filter 1, the kernel drops the replies in IPv4; 2 lets them in.
.Pp
A UDP service of the router that listens on all addresses with one socket gives its replies no source address, and the kernel
then takes that of the main table's default route.
What was asked by another WAN is answered from the wrong address, by the wrong WAN, and its client hears nothing; no mark can
tell that packet from a new connection.
Such a service has to bind to the address of each WAN, or to answer from the address that it was asked at
.Pq Dv IP_PKTINFO ,
as many name servers and VPNs do or can be told to.
TCP is not concerned.
.Pp
VRFs, IPsec policies, zones of conntrack and traffic control are followed by none of
.Cm trace , verify
and
.Cm lint .
Of base chains of one hook and priority nobody lists which was loaded last, and so runs first:
.Cm trace
shows each order where one depends on it.
.Pp
nft before 1.1.0 joins two conditions of one rule that exclude a source and a destination port, such as
.Ql tcp sport != 5000 tcp dport != 443 ,
into one that holds unless both are these, and lists them as two all the same.
.Cm trace
and
.Cm lint
follow what is listed; what polywan writes itself cannot be joined.
.Pp
With the iptables backend
.Cm sticky
remembers as many clients of a policy and WAN as the kernel's xt_recent has room for, the last 100 unless its parameter
.Cm ip_list_tot
says more.
With nftables it remembers 65535.
.Pp
Where br_netfilter is loaded, as Docker does, and the sysctl net.bridge.bridge\-nf\-call\-iptables is 1, a port forward by
hairpin between two hosts behind one port of a bridge is lost: the bridge takes the packet for one of its own, and sends
nothing back by the port that it came from.
With 0 it comes through.
.Cm trace
does not know of this.`;
