# Sends ICMP errors about datagrams, which Node cannot: a request per line in, `sent` or the error out.
#   FROM TO BYTES, of the quoted datagram: SOURCE PORT DESTINATION PORT
use strict;
use warnings;
use Socket qw(:all);

# What the host's own errors do not have: those are dropped at home (layout.ts).
use constant HOPS => 99;

# The port is closed.
my %kind = (4 => [3, 3], 6 => [1, 4]);

$| = 1;

sub quoted {
  my ($version, $source, $sport, $destination, $dport) = @_;
  my $udp = pack('nnnn', $sport, $dport, 8, 0);
  return pack('CCnnnCCn', 0x45, 0, 28, 0, 0, 64, IPPROTO_UDP, 0)
    . inet_aton($source) . inet_aton($destination) . $udp
    if $version == 4;
  return pack('NnCC', 0x60000000, 8, IPPROTO_UDP, 64)
    . inet_pton(AF_INET6, $source) . inet_pton(AF_INET6, $destination) . $udp;
}

sub checksum {
  my $sum = 0;
  $sum += $_ for unpack('n*', $_[0] . "\0" x (length($_[0]) % 2));
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  return ~$sum & 0xffff;
}

while (my $line = <STDIN>) {
  my ($from, $to, $bytes, @datagram) = split ' ', $line;
  my $version = $to =~ /:/ ? 6 : 4;
  my $sent = eval {
    my ($family, $protocol) = $version == 6 ? (AF_INET6, IPPROTO_ICMPV6) : (AF_INET, IPPROTO_ICMP);
    my ($level, $option) = $version == 6 ? (IPPROTO_IPV6, IPV6_UNICAST_HOPS) : (IPPROTO_IP, IP_TTL);
    my $at = sub { $version == 6 ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $_[0])) : pack_sockaddr_in(0, inet_aton($_[0])) };
    socket(my $socket, $family, SOCK_RAW, $protocol) or die "socket: $!";
    setsockopt($socket, $level, $option, HOPS) or die "hops: $!";
    bind($socket, $at->($from)) or die "bind: $!";
    my $about = quoted($version, @datagram);
    my $rest = $about . "\0" x ($bytes - ($version == 6 ? 40 : 20) - 8 - length $about);
    my $message = sub { pack('CCnN', @{ $kind{$version} }, $_[0], 0) . $rest };
    # IPv6 sockets of this protocol count it up themselves.
    return send($socket, $message->($version == 6 ? 0 : checksum($message->(0))), 0, $at->($to));
  };
  my $error = $@ || $!;
  $error =~ s{\s+}{ }g;
  print $sent ? "sent\n" : "error: $error\n";
}
