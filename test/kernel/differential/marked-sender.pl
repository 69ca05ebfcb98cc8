# Sends from sockets with a mark (SO_MARK), a type of service or another owner, which Node cannot set: a request per line
# in, `sent` or the error out.
#   udp MARK TOS UID FROM PORT TO PORT BYTES FLOW PACKET | tcp MARK TOS UID FROM PORT TO PORT | forget
use strict;
use warnings;
use Socket qw(:all);

# asm-generic/socket.h; Socket.pm does not name it.
use constant SO_MARK => 36;
# linux/in6.h
use constant IPV6_TCLASS => 67;

$| = 1;
my %sockets;

sub address {
  my ($text, $port) = @_;
  return $text =~ /:/
    ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $text))
    : pack_sockaddr_in($port, inet_pton(AF_INET, $text));
}

sub opened {
  my ($protocol, $mark, $tos, $uid, $from, $port) = @_;
  my $key = "$protocol $from $port";
  return $sockets{$key} if $sockets{$key};
  my ($family, $type) = ($from =~ /:/ ? AF_INET6 : AF_INET, $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM);
  # Who makes it owns it.
  $> = $uid;
  my $made = socket(my $socket, $family, $type | SOCK_NONBLOCK, 0);
  $> = 0;
  $made or die "socket";
  my @service = $family == AF_INET6 ? (IPPROTO_IPV6, IPV6_TCLASS) : (IPPROTO_IP, IP_TOS);
  setsockopt($socket, $service[0], $service[1], pack('i', $tos)) or die "tos: $!";
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die "reuse: $!";
  setsockopt($socket, SOL_SOCKET, SO_MARK, pack('I', $mark)) or die "mark: $!";
  # Closed without a word: a reset, which is dropped at home.
  setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('II', 1, 0)) or die "linger: $!";
  bind($socket, address($from, $port)) or die "bind: $!";
  return $sockets{$key} = $socket;
}

while (my $line = <STDIN>) {
  my ($op, $mark, $tos, $uid, $from, $port, $to, $toPort, $bytes, $flow, $packet) = split ' ', $line;
  if ($op eq 'forget') {
    %sockets = ();
    print "sent\n";
    next;
  }
  my $sent = eval {
    my $socket = opened($op, $mark, $tos, $uid, $from, $port);
    return connect($socket, address($to, $toPort)) || $!{EINPROGRESS} if $op eq 'tcp';
    my $payload = pack('nC', $flow, $packet) . "\0" x ($bytes - 3);
    return send($socket, $payload, 0, address($to, $toPort));
  };
  my $error = $@ || $!;
  $error =~ s{\s+}{ }g;
  print $sent ? "sent\n" : "error: $error\n";
}
