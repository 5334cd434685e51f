#!/usr/bin/env bash
# `npm run example:browser`: sets up what is missing, builds what has changed, and serves the example app for browsers,
# with the server of its journal, on 127.0.0.1, at the port in PORT or 8080.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --demo
scripts/build.sh
say
exec node examples/browser/serve.js
