#!/usr/bin/env bash
# `npm run test:packer`: the packed package in Tencent's own npm build, and what that makes in the double of WeChat.
# Apart from `npm test`, because what it installs is 276 MB and takes more than a minute.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --tests
# shellcheck source=/dev/null
source "$tools/env.sh"
scripts/build.sh

stamp=$(digest tests/packer/package-lock.json)
if ! fresh tests/packer/node_modules/.ministash-stamp "$stamp"; then
  say 'installing miniprogram-ci ...'
  # Its packages bring scripts that compile and download; what packs npm needs none of them.
  npm ci --prefix tests/packer --ignore-scripts --no-audit --no-fund --loglevel=error
  printf '%s' "$stamp" >tests/packer/node_modules/.ministash-stamp
fi
node --test tests/packer/packer.test.js
