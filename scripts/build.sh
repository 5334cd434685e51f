#!/usr/bin/env bash
# Builds the core and the npm package. Does only what has changed.
#
#   scripts/build.sh              src/ -> js/core/ (WebAssembly and its glue), js/ -> pkg/ (ESM, CommonJS, types)
#   scripts/build.sh --test-door  a second core with the feature `test-door`, not optimised, into target/test-door/
#   scripts/build.sh --storage-only  a core with storage alone, whose weight a test holds, into target/storage-only/
#
# scripts/setup.sh must have run before.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -f "$tools/env.sh" ] || die 'the tools are not set up' 'run scripts/setup.sh'
# shellcheck source=/dev/null
source "$tools/env.sh"

out=js/core
features=()
optimise=1
case ${1:-} in
  --test-door)
    out=target/test-door
    features=(--features test-door)
    optimise=
    ;;
  --storage-only)
    out=target/storage-only
    features=(--no-default-features)
    ;;
  '') ;;
  *) die "unknown argument $1" 'usage: scripts/build.sh [--test-door | --storage-only]' ;;
esac

lean cargo build --release --lib --target $target ${features[@]+"${features[@]}"}

built=target/lean/$target/release/ministash.wasm
stamp="$(digest "$built" scripts/build.sh scripts/hide-globals.mjs scripts/unwatch-operations.mjs package-lock.json) $(wasm-bindgen --version) $ministash_route"
if ! fresh "$out/.stamp" "$stamp" || [ ! -f "$out/core_bg.wasm" ] || [ ! -f "$out/core_bg.js" ]; then
  work=target/core.$$
  rm -rf "$work"
  # The bundler form is the one that leaves loading to us: how a module is fetched differs on every host.
  wasm-bindgen "$built" --target bundler --out-name core --out-dir "$work" \
    --remove-name-section --remove-producers-section
  if [ -n "$optimise" ]; then
    if [ "$ministash_route" = local ]; then
      # Without these two flags wasm-opt would bring back instructions that iOS 14 does not know, and with them it
      # refuses a module that already holds one. Never add --llvm-nontrapping-fptoint-lowering: it makes the saturating
      # casts of Rust wrong.
      wasm_features=(--mvp-features --enable-mutable-globals)
    else
      # What Rust's own standard library is compiled for; every browser of the last years and Node know it. Old
      # mini-program hosts do not: their core comes from the local route.
      wasm_features=(--mvp-features --enable-mutable-globals --enable-bulk-memory --enable-bulk-memory-opt
        --enable-sign-ext --enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types
        --enable-call-indirect-overlong)
    fi
    node scripts/hide-globals.mjs "$work/core_bg.wasm" "$work/hidden.wasm"
    # Twice, from a flat form, and the functions that are called most first: each takes one per cent.
    wasm-opt --flatten --rereloop -Oz -Oz --reorder-functions "${wasm_features[@]}" \
      --strip-producers --strip-target-features "$work/hidden.wasm" -o "$work/core_bg.wasm"
    rm "$work/hidden.wasm"
  fi
  node scripts/unwatch-operations.mjs "$work/core_bg.js"
  # Our loaders import core_bg.js; core.js would import the .wasm as a module, which only bundlers can.
  rm -f "$work/core.js"
  cat >"$work/core_bg.d.ts" <<'END'
export * from './core.js'
/** Gives the glue the exports of the instantiated module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void
END
  mkdir -p "$out"
  # The glue and the module belong together: the stamp goes first and comes back last.
  rm -f "$out/.stamp"
  for file in "$work"/*; do mv -f "$file" "$out/"; done
  rmdir "$work"
  printf '%s' "$stamp" >"$out/.stamp"
fi

[ "$out" = js/core ] || { say "built $out"; exit 0; }
[ -f js/index.js ] || { say 'js/index.js is missing: only the core was built'; exit 0; }
node scripts/pack.mjs
