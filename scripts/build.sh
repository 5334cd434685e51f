#!/usr/bin/env bash
# Builds the core and the npm package. Does only what has changed.
#
#   scripts/build.sh              src/ -> js/core/ (WebAssembly small and fast, and the glue of both), js/ -> pkg/
#                                 (ESM, CommonJS, types)
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

# What the small core may use. Locally nothing of later years: iOS 14 and old mini-program hosts know none of it. Without
# these flags wasm-opt would bring it back, and with them it refuses a module that already holds some. Never add
# --llvm-nontrapping-fptoint-lowering: it makes the saturating casts of Rust wrong.
small_features=(--mvp-features --enable-mutable-globals)
later_features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext --enable-nontrapping-float-to-int)
if [ "$ministash_route" != local ]; then
  # What Rust's own standard library is compiled for; every browser of the last years and Node know it. Old
  # mini-program hosts do not: their core comes from the local route.
  small_features+=("${later_features[@]}" --enable-multivalue --enable-reference-types --enable-call-indirect-overlong)
fi

lean cargo build --release --lib --target $target ${features[@]+"${features[@]}"}

built=target/lean/$target/release/ministash.wasm
stamp="$(digest "$built" scripts/build.sh scripts/hide-globals.mjs scripts/tune-glue.mjs package-lock.json) $(wasm-bindgen --version) $ministash_route"
if ! fresh "$out/.stamp" "$stamp" || [ ! -f "$out/core_bg.wasm" ] || [ ! -f "$out/core_bg.js" ]; then
  work=target/core.$$
  rm -rf "$work"
  # The bundler form is the one that leaves loading to us: how a module is fetched differs on every host.
  wasm-bindgen "$built" --target bundler --out-name core --out-dir "$work" \
    --remove-name-section --remove-producers-section
  if [ -n "$optimise" ]; then
    node scripts/hide-globals.mjs "$work/core_bg.wasm" "$work/hidden.wasm"
    # Twice, from a flat form, and the functions that are called most first: each takes one per cent. What never
    # reaches a place is known from all of the module, and goes.
    wasm-opt --flatten --rereloop -Oz --gufa -Oz --reorder-locals --reorder-functions "${small_features[@]}" \
      --strip-producers --strip-target-features "$work/hidden.wasm" -o "$work/core_bg.wasm"
    rm "$work/hidden.wasm"
  fi
  node scripts/tune-glue.mjs "$work/core_bg.js"
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

# The core that Node loads: the same code and the same glue, compiled for speed and with all that every Node knows that
# this package runs on. A target folder of its own, because the features of a processor are flags of every crate.
fast_flags="${ministash_lean_flags:+$ministash_lean_flags }-Ctarget-feature=+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint"
ministash_compile fast lean "$fast_flags" cargo build --profile fast --lib --target $target
built=target/fast/$target/fast/ministash.wasm
stamp="$(digest "$built" scripts/build.sh scripts/hide-globals.mjs package-lock.json) $(wasm-bindgen --version) $ministash_route"
if ! fresh "$out/.stamp-fast" "$stamp" || [ ! -f "$out/core_fast.wasm" ]; then
  work=target/core-fast.$$
  rm -rf "$work"
  wasm-bindgen "$built" --target bundler --out-name core --out-dir "$work" \
    --remove-name-section --remove-producers-section
  node scripts/tune-glue.mjs "$work/core_bg.js"
  cmp -s "$work/core_bg.js" "$out/core_bg.js" \
    || die 'the fast core has another glue than the small one' 'compile both from the same sources: run this script again'
  node scripts/hide-globals.mjs "$work/core_bg.wasm" "$work/hidden.wasm"
  wasm-opt -O3 "${small_features[@]}" "${later_features[@]}" --enable-simd \
    --strip-producers --strip-target-features "$work/hidden.wasm" -o "$work/core_bg.wasm"
  rm -f "$out/.stamp-fast"
  mv -f "$work/core_bg.wasm" "$out/core_fast.wasm"
  rm -rf "$work"
  printf '%s' "$stamp" >"$out/.stamp-fast"
fi

# The core in plain JavaScript, from the module as it is published: half a minute, so only when that has changed. A core
# of the other route holds instructions of which wasm2js lowers only a part.
if [ "$ministash_route" = local ]; then
  plain_stamp=$(digest "$out/core_bg.wasm" scripts/plain-core.mjs package-lock.json)
  if ! fresh target/plain.stamp "$plain_stamp" || [ ! -f "$out/core_plain.js" ]; then
    node scripts/plain-core.mjs "$out/core_bg.wasm" "$out/core_plain.js"
    printf '%s' "$plain_stamp" >target/plain.stamp
  fi
else
  rm -f target/plain.stamp
  node scripts/plain-core.mjs --none "$out/core_plain.js"
fi

[ -f js/index.js ] || { say 'js/index.js is missing: only the core was built'; exit 0; }
node scripts/pack.mjs
