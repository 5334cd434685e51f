#!/usr/bin/env bash
# Builds the cores and the npm package. Does only what has changed.
#
#   scripts/build.sh              src/ -> js/core/: the whole core (core_*) and the one with storage alone (storage_*), each
#                                 compiled for size and for speed, with the glue of both, and in plain JavaScript;
#                                 js/ -> pkg/ (ESM, CommonJS, types)
#   scripts/build.sh --storage-only  the core with storage alone, compiled for size, and nothing else
#   scripts/build.sh --weigh LIST  for scripts/feature-weights.mjs: a core with these features of Cargo, compiled for size, into target/weighed/
#   scripts/build.sh --test-door  a whole core with the feature `test-door`, not optimised, into target/test-door/
#
# scripts/setup.sh must have run before.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -f "$tools/env.sh" ] || die 'the tools are not set up' 'run scripts/setup.sh'
# shellcheck source=/dev/null
source "$tools/env.sh"

out=js/core
# What the core with storage alone is compiled with.
storage_features=(--no-default-features)

# What the small cores may use. Locally nothing of later years: iOS 14 and old mini-program hosts know none of it. Without
# these flags wasm-opt would bring it back, and with them it refuses a module that already holds some. Never add
# --llvm-nontrapping-fptoint-lowering: it makes the saturating casts of Rust wrong.
small_features=(--mvp-features --enable-mutable-globals)
later_features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext --enable-nontrapping-float-to-int)
if [ "$ministash_route" != local ]; then
  # What Rust's own standard library is compiled for; every browser of the last years and Node know it. Old
  # mini-program hosts do not: their core comes from the local route.
  small_features+=("${later_features[@]}" --enable-multivalue --enable-reference-types --enable-call-indirect-overlong)
fi

# What goes into every core besides what cargo makes.
tools_digest="$(digest scripts/build.sh scripts/hide-globals.mjs scripts/tune-glue.mjs package-lock.json) \
$(wasm-bindgen --version) $ministash_route"

# bind MODULE FOLDER: the module of cargo with its glue, both as we need them.
bind() {
  rm -rf "$2"
  # The bundler form is the one that leaves loading to us: how a module is fetched differs on every host.
  wasm-bindgen "$1" --target bundler --out-name core --out-dir "$2" --remove-name-section --remove-producers-section
  node scripts/tune-glue.mjs "$2/core_bg.js"
  # Our loaders import core_bg.js; core.js would import the .wasm as a module, which only bundlers can.
  rm -f "$2/core.js"
}

# optimise FOLDER OPTION...: the module in it, by wasm-opt.
optimise() {
  local folder=$1
  shift
  node scripts/hide-globals.mjs "$folder/core_bg.wasm" "$folder/hidden.wasm"
  wasm-opt "$@" --strip-producers --strip-target-features "$folder/hidden.wasm" -o "$folder/core_bg.wasm"
  rm "$folder/hidden.wasm"
}

# glue_types FOLDER NAME: the types of the glue, which lies there under this name.
glue_types() {
  cat >"$1/$2_bg.d.ts" <<END
export * from './$2.js'
/** Gives the glue the exports of the instantiated module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void
END
}

# small_core NAME [CARGO OPTION]...: NAME_bg.wasm, compiled for size, and NAME_bg.js.
small_core() {
  local name=$1 built=target/lean/$target/release/ministash.wasm work=target/core.$$ stamp file
  shift
  lean cargo build --release --lib --target $target "$@"
  stamp="$(digest "$built") $tools_digest"
  if fresh "target/$name-small.stamp" "$stamp" && [ -f "$out/${name}_bg.wasm" ] && [ -f "$out/${name}_bg.js" ]; then return; fi
  bind "$built" "$work"
  # Twice, from a flat form, and the functions that are called most first: each takes one per cent. What never
  # reaches a place is known from all of the module, and goes.
  optimise "$work" --flatten --rereloop -Oz --gufa -Oz --reorder-locals --reorder-functions "${small_features[@]}"
  mkdir -p "$out"
  # The glue and the module belong together: the stamp goes first and comes back last.
  rm -f "target/$name-small.stamp"
  # What wasm-bindgen calls core is called by the name; what the module imports is not, and the loaders know it.
  for file in core_bg.wasm core_bg.js core_bg.wasm.d.ts core.d.ts; do mv -f "$work/$file" "$out/$name${file#core}"; done
  rm -rf "$work"
  glue_types "$out" "$name"
  printf '%s' "$stamp" >"target/$name-small.stamp"
}

# fast_core NAME [CARGO OPTION]...: NAME_fast.wasm, the core that Node loads: the same code and the same glue, compiled for
# speed and with all that every Node knows that this package runs on. A target folder of its own, because the features of
# a processor are flags of every crate.
fast_core() {
  local name=$1 built=target/fast/$target/fast/ministash.wasm work=target/core-fast.$$ stamp flags
  shift
  flags="${ministash_lean_flags:+$ministash_lean_flags }-Ctarget-feature=+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint"
  ministash_compile fast lean "$flags" cargo build --profile fast --lib --target $target "$@"
  stamp="$(digest "$built" "$out/${name}_bg.js") $tools_digest"
  if fresh "target/$name-fast.stamp" "$stamp" && [ -f "$out/${name}_fast.wasm" ]; then return; fi
  bind "$built" "$work"
  cmp -s "$work/core_bg.js" "$out/${name}_bg.js" \
    || die "the fast core of $name has another glue than the small one" 'compile both from the same sources: run this script again'
  optimise "$work" -O3 "${small_features[@]}" "${later_features[@]}" --enable-simd
  rm -f "target/$name-fast.stamp"
  mv -f "$work/core_bg.wasm" "$out/${name}_fast.wasm"
  rm -rf "$work"
  printf '%s' "$stamp" >"target/$name-fast.stamp"
}

# plain_core NAME: NAME_plain.js, the core in plain JavaScript, from the module as it is published: half a minute, so only
# when that has changed. A core of the other route holds instructions of which wasm2js lowers only a part.
plain_core() {
  local name=$1 stamp
  if [ "$ministash_route" != local ]; then
    rm -f "target/$name-plain.stamp"
    node scripts/plain-core.mjs --none "$out/${name}_plain.js"
    return
  fi
  stamp=$(digest "$out/${name}_bg.wasm" scripts/plain-core.mjs package-lock.json)
  if fresh "target/$name-plain.stamp" "$stamp" && [ -f "$out/${name}_plain.js" ]; then return; fi
  node scripts/plain-core.mjs "$out/${name}_bg.wasm" "$out/${name}_plain.js"
  printf '%s' "$stamp" >"target/$name-plain.stamp"
}

case ${1:-} in
  --test-door)
    lean cargo build --release --lib --target $target --features test-door
    bind target/lean/$target/release/ministash.wasm target/test-door
    glue_types target/test-door core
    say 'built target/test-door'
    exit 0
    ;;
  --storage-only)
    small_core storage "${storage_features[@]}"
    exit 0
    ;;
  --weigh)
    [ $# = 2 ] || die '--weigh was given no features' 'scripts/build.sh --weigh vault,sync'
    out=target/weighed
    small_core "weighed-${2//,/-}" --no-default-features --features "$2"
    exit 0
    ;;
  '') ;;
  *) die "unknown argument $1" 'usage: scripts/build.sh [--storage-only | --weigh LIST | --test-door]' ;;
esac

small_core core
fast_core core
plain_core core
small_core storage "${storage_features[@]}"
fast_core storage "${storage_features[@]}"
plain_core storage

[ -f js/index.js ] || { say 'js/index.js is missing: only the cores were built'; exit 0; }
node scripts/pack.mjs
