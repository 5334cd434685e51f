#!/usr/bin/env bash
# `npm run demo`: sets up what is missing, builds what has changed, and runs the example app for Node.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --demo
scripts/build.sh
say
exec node examples/node/index.js "$@"
