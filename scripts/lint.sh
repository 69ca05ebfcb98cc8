#!/bin/sh
# lint.sh [ARGUMENT...]: `polywan lint` from a checkout, which is built first where it is not yet. What pre-commit and the
# GitHub Action run: both have nothing but this repository.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -e "$home/dist/polywan.cjs" ]; then
  # Nothing of it belongs on standard output, where a report may be wanted.
  (
    cd "$home"
    [ -e node_modules ] || npm install --no-save --no-audit --no-fund --loglevel=error
    npm run --silent build
  ) >&2
fi
exec "$home/bin/polywan" lint "$@"
