#!/usr/bin/env bash
# `npm run bench`: sets up, builds, and runs every benchmark of tests/bench, or those named.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# The peers are packages of the tests.
scripts/setup.sh --tests
scripts/build.sh
# Databases that synchronise: nothing else needs them.
stamp=$(digest tests/bench/peers/package-lock.json)
if ! fresh tests/bench/peers/node_modules/.ministash-stamp "$stamp"; then
  say 'installing the peers of the bench ...'
  npm ci --prefix tests/bench/peers --ignore-scripts --no-audit --no-fund --loglevel=error
  printf '%s' "$stamp" >tests/bench/peers/node_modules/.ministash-stamp
fi
[ $# -gt 0 ] || set -- tests/bench/*.bench.js
[ -f "$1" ] || die 'there is no benchmark yet' 'benchmarks are tests/bench/*.bench.js'
for bench; do
  say
  node --expose-gc "$bench"
done
