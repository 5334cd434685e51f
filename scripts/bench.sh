#!/usr/bin/env bash
# `npm run bench`: sets up, builds, and runs every benchmark of tests/bench, or those named.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# The peers are packages of the tests.
scripts/setup.sh --tests
scripts/build.sh
[ $# -gt 0 ] || set -- tests/bench/*.bench.js
[ -f "$1" ] || die 'there is no benchmark yet' 'benchmarks are tests/bench/*.bench.js'
for bench; do
  say
  node --expose-gc "$bench"
done
