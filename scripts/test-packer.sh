#!/usr/bin/env bash
# `npm run test:packer`: the packed package in Tencent's own npm build and in that of uni-app, and what they make in the
# double of WeChat. Apart from `npm test`, because what it installs is 510 MB and takes more than a minute.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --tests
# shellcheck source=/dev/null
source "$tools/env.sh"
scripts/build.sh

# install FOLDER WHAT
install() {
  local stamp
  stamp=$(digest "$1/package-lock.json")
  if fresh "$1/node_modules/.ministash-stamp" "$stamp"; then return 0; fi
  say "installing $2 ..."
  # Their packages bring scripts that compile and download; what packs npm, and what builds, needs none of them.
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error
  printf '%s' "$stamp" >"$1/node_modules/.ministash-stamp"
}
install tests/packer miniprogram-ci
install examples/uni-app uni-app
node --test tests/packer/packer.test.js tests/packer/uni-app.test.js
