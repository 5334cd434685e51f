#!/usr/bin/env bash
# Fuzzes what reads stored bytes, with a stable compiler; tests/fuzz/README.md says what is asserted.
#
#   scripts/fuzz.sh smoke [SECONDS]     every target for 20 seconds from its seeds; what `npm test` runs
#   scripts/fuzz.sh TARGET SECONDS      one target, going on from what earlier runs found worth keeping
#   scripts/fuzz.sh TARGET FILE         one input, to see a finding again
#   scripts/fuzz.sh shrink TARGET FILE  the smallest input that still shows the finding
#   scripts/fuzz.sh seeds               writes the seeds anew
#
# It ends with an error on a finding and leaves the input in tests/fuzz/artifacts.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=/dev/null
if [ -f "$tools/env.sh" ]; then source "$tools/env.sh"; else native() { "$@"; }; fi

usage() { die "$1" "usage: $(sed -n 's/^#   \(scripts.*\)/\1/p' "${BASH_SOURCE[0]}" | sed '2,$s/^/         /')"; }
fuzz=$root/tests/fuzz
targets=()
for file in "$fuzz"/targets/*.rs; do
  name=$(basename "$file" .rs)
  [ "$name" = seeds ] || targets+=("$name")
done
is_target() { case " ${targets[*]} " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

have cargo || [ -n "${ministash_root:-}" ] || die 'cargo is missing' 'install it: https://rustup.rs'
# The fuzzer itself is C++.
if ! have c++ && have clang++; then export CXX=clang++; fi
if ! have c++ && ! have clang++ && have apt-get; then
  say 'installing g++ ...'
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  ${as_root[@]+"${as_root[@]}"} apt-get -qq -o DPkg::Lock::Timeout=600 update &&
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
      install --no-install-recommends g++ || true
fi
have c++ || have clang++ || die 'a C++ compiler is missing: the fuzzer itself is C++' \
  'on Debian: apt install g++' 'on macOS: xcode-select --install'

# A folder of its own: these flags must not make the other builds start anew.
export CARGO_TARGET_DIR=$root/target/fuzz
unset RUSTFLAGS CARGO_BUILD_TARGET
machine=$(native rustc -vV | sed -n 's/^host: //p')
binaries=$CARGO_TARGET_DIR/$machine/release

# build: `cargo fuzz` passes the same to the compiler, but asks for a nightly one because of the sanitizers, which code
# without `unsafe` does not need. Naming the machine keeps the flags away from build scripts.
build() {
  local flag flags=--cfg=fuzzing
  for flag in -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares; do
    flags=$flags$(printf '\037')$flag
  done
  local words=()
  for name in "${targets[@]}"; do words+=(--bin "$name"); done
  say 'building the targets ...'
  CARGO_ENCODED_RUSTFLAGS=$flags native cargo build --release --locked --target "$machine" \
    --manifest-path "$fuzz/Cargo.toml" "${words[@]}"
}

# fuzz TARGET SECONDS CORPUS: prints the fuzzer's progress and, at the end, what came of it.
fuzz() {
  local name=$1 seconds=$2 corpus=$3 log=$tools/logs/fuzz-$1.log status=0 mark
  mkdir -p "$corpus" "$fuzz/seeds/$name" "$fuzz/artifacts"
  printf '\n%s: %d s from %d inputs\n' "$name" "$seconds" "$(find "$corpus" "$fuzz/seeds/$name" -type f | wc -l)"
  # Output of the fuzzer may hold any byte.
  "$binaries/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="$fuzz/dictionary.txt" -artifact_prefix="$fuzz/artifacts/$name-" "$corpus" "$fuzz/seeds/$name" >"$log" 2>&1 </dev/null || status=$?
  mark=$(LC_ALL=C grep -a 'cov: ' "$log" | tail -n 1) || true
  printf '%s: %s executions, coverage %s, %s\n' "$name" \
    "$(LC_ALL=C sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(printf '%s\n' "$mark" | sed -n 's/.*cov: \([0-9]*\) ft: [0-9]* corp: \([0-9]*\).*/\1 edges (\2 inputs kept)/p')" \
    "$([ $status = 0 ] && echo 'no finding' || echo 'A FINDING')"
  [ $status = 0 ] && return 0
  LC_ALL=C grep -a -A 4 'panicked at\|ERROR: libFuzzer\|Test unit written' "$log" | head -n 40
  printf 'the input lies in tests/fuzz/artifacts; all of the log in %s; to see it again: scripts/fuzz.sh %s FILE\n' \
    "${log#"$root"/}" "$name"
  return 1
}

case ${1:-} in
  smoke)
    build
    found=0
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    for name in "${targets[@]}"; do fuzz "$name" "${2:-20}" "$scratch/$name" || found=$((found + 1)); done
    printf '\n%d targets, %d with a finding\n' ${#targets[@]} $found
    [ $found = 0 ]
    ;;
  seeds)
    unset CARGO_ENCODED_RUSTFLAGS
    native cargo run --quiet --locked --manifest-path "$fuzz/Cargo.toml" --bin seeds
    find "$fuzz/seeds" -type f | wc -l | xargs printf '%d seeds in tests/fuzz/seeds\n'
    ;;
  shrink)
    { is_target "${2:-}" && [ -f "${3:-}" ]; } || usage 'expected a target and a file'
    build
    mkdir -p "$fuzz/artifacts"
    "$binaries/$2" -minimize_crash=1 -max_total_time=60 -artifact_prefix="$fuzz/artifacts/$2-shrunk-" "$3" 2>&1 |
      LC_ALL=C grep -a 'CRASH_MIN\|panicked at' || true
    ;;
  *)
    is_target "${1:-}" || usage "expected smoke, seeds, shrink or a target (${targets[*]}), got ${1:-nothing}"
    if [ -f "${2:-}" ]; then
      build
      "$binaries/$1" "$2"
    elif [[ ${2:-} =~ ^[1-9][0-9]*$ ]]; then
      build
      fuzz "$1" "$2" "$fuzz/corpus/$1"
    else
      usage "expected seconds or a file, got ${2:-nothing}"
    fi
    ;;
esac
