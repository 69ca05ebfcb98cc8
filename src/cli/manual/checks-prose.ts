/** What polywan-checks(7) says before the checks. */
export const CHECKS_HEAD = String.raw`.\" Written from the checks: npm run generate
.Dd November 21, 2026
.Dt POLYWAN-CHECKS 7
.Os
.Sh NAME
.Nm polywan-checks
.Nd what polywan lint looks for
.Sh DESCRIPTION
.Ic polywan lint
reads rulesets, policy rules, routes and sites, follows flows through them, and reports what breaks.
Each check has a name, which stands in brackets behind its findings; the same page is printed by
.Ic polywan explain Ar CHECK .
.Pp
A finding is an
.Em error
where a flow breaks or leaks, a
.Em warning
where a mark is lost and found again, or bits of another program are written, and a
.Em note
where something looks odd or cannot be checked.
The severity behind a check's name is the highest its findings have.
.Pp
Packets are called P1 (the first of a connection), P1b (the next, before any reply), R (the first reply) and P3 (the
next of the first direction, after it).
The mark of each is the one it was routed with; the connmark is what conntrack has kept after it.`;

/** What it says after them. */
export const CHECKS_TAIL = `.Sh SEE ALSO
.Xr polywan 8 ,
.Xr polywan.yaml 5 ,
.Xr iptables-extensions 8 ,
.Xr nft 8 ,
.Xr ip-rule 8`;
