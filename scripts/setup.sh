#!/bin/sh
# setup.sh demo|test: installs what is missing on a Debian-like machine, then rehearses the example site, or runs all
# checks and tests. Both make network namespaces, so both need root.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
export PATH

case ${1-} in demo | test) ;; *)
  echo 'usage: sh scripts/setup.sh demo|test' >&2
  exit 2
  ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo "setup.sh: network namespaces need root; run: sudo sh scripts/setup.sh $1" >&2
  exit 3
fi

# Program and package. groff comes with man-db.
wanted='ip:iproute2 nft:nftables iptables-legacy-restore:iptables conntrack:conntrack ipset:ipset ping:iputils-ping
man:man-db systemd-analyze:systemd'
# What the tests send and receive single packets with.
if [ "$1" = test ]; then wanted="$wanted socat:socat"; fi
missing=
for pair in $wanted; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
  echo "installing:$missing"
  quiet=$(mktemp)
  # shellcheck disable=SC2086
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing; } \
    >"$quiet" 2>&1; then
    cat "$quiet" >&2
    rm -f "$quiet"
    exit 3
  fi
  rm -f "$quiet"
fi

# Again only when the lock file is newer than what it led to. Not `npm ci`: it refuses a lock file that lacks the
# binaries of other platforms, and a registry that mirrors only what its users run does not have them all.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm install --no-save --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
case $1 in
  demo) exec npm run -s demo ;;
  test) exec npm test --silent ;;
esac
