#!/usr/bin/env bash
# `npm run example:server`: sets up what is missing, and serves what the travel journals of examples/ talk to, on
# 127.0.0.1 or the address in HOST, at the port in PORT or 8788.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --demo
say
exec node examples/journal-server/main.js
