#!/usr/bin/env bash
# `npm run lint`: the quick gates, without building or testing. `npm run lint -- --fix` mends what can be mended.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --tests
# shellcheck source=/dev/null
source "$tools/env.sh"
if [ "${1:-}" = --fix ]; then
  native cargo fmt --all
  eslint --fix .
fi
native cargo fmt --all --check
native cargo clippy --workspace --all-targets -- -D warnings
wasm cargo clippy --target $target --lib --test wasm -- -D warnings
eslint .
tsc -p tsconfig.json
node scripts/check-dependencies.mjs
