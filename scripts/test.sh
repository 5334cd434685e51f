#!/usr/bin/env bash
# `npm test`: every gate, what does not depend on another side by side. A step that fails shows its log, and the rest
# still runs. The last line says how many tests ran: `N passed, M failed`.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/setup.sh --tests
# shellcheck source=/dev/null
source "$tools/env.sh"

results=$(mktemp -d)
trap 'jobs_end; rm -rf "$results"' EXIT
printf '\nsteps (the log of each lies in .tools/logs/):\n'

# step NAME COMMAND...: runs it, prints how it went, and remembers a failure across subshells.
step() {
  local name=$1 start=$SECONDS slug status
  shift
  slug=test-${name//[^A-Za-z0-9]/-}
  set +e
  (set -e; "$@") >"$tools/logs/$slug.log" 2>&1 </dev/null
  status=$?
  set -e
  if [ $status = 0 ]; then
    printf '  ok   %4d s  %s\n' $((SECONDS - start)) "$name"
  else
    printf '  FAIL %4d s  %s\n' $((SECONDS - start)) "$name"
    printf '%s\n' "$name" >"$results/$slug.failed"
  fi
}

# suite NAME COMMAND...: a step that runs tests; running none is a failure too.
suite() {
  local name=$1 slug log counts
  step "$@"
  slug=test-${name//[^A-Za-z0-9]/-}
  log=$tools/logs/$slug.log
  # `test result: ok. 3 passed; 0 failed; ...` is Rust's closing line, `pass 3`, `fail 0`, `cancelled 0` are Node's,
  # `Tests  3 passed (3)` is vitest's.
  counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    /^test result:/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^failed/) f += $(i - 1) } }
    $2 == "pass" && NF == 3 { p += $3 }
    $1 == "Tests" { for (i = 2; i <= NF; i++) { if ($i == "passed") p += $(i - 1); if ($i == "failed") f += $(i - 1) } }
    ($2 == "fail" || $2 == "cancelled") && NF == 3 { f += $3 }
    END { print p + 0, f + 0 }')
  printf '%s\n' "$counts" >"$results/$slug.counts"
  if [ "$counts" = '0 0' ] && [ ! -f "$results/$slug.failed" ]; then
    printf '  FAIL         %s: no test ran\n' "$name"
    printf '%s (no test ran)\n' "$name" >"$results/$slug.failed"
  fi
}

native_lane() {
  step 'format' native cargo fmt --all --check
  step 'dependencies' native node scripts/check-dependencies.mjs
  step 'clippy' native cargo clippy --workspace --locked --all-targets -- -D warnings
  suite 'tests: Rust' native cargo test --locked --no-fail-fast
  step 'documentation' native env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
  [ ! -x scripts/fuzz.sh ] || step 'fuzzing, a little' scripts/fuzz.sh smoke
}

wasm_lane() {
  step 'clippy for WebAssembly' wasm cargo clippy --locked --target $target --lib --test wasm -- -D warnings
  step 'documentation for WebAssembly' \
    wasm env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --target $target
  suite 'tests: the door in Node' wasm wasm-pack test --node -- --locked --test wasm
  suite 'tests: the door in Chromium' wasm env WASM_BINDGEN_USE_BROWSER=1 \
    wasm-pack test --headless --chrome --chromedriver "${CHROMEDRIVER:-$(command -v chromedriver)}" -- --locked --test wasm
  suite 'tests: the door in Firefox' wasm env WASM_BINDGEN_USE_BROWSER=1 \
    wasm-pack test --headless --firefox --geckodriver "${GECKODRIVER:-$(command -v geckodriver)}" -- --locked --test wasm
}

javascript_lane() {
  step 'types' tsc -p .
  step 'types of the tests' tsc -p tests
  step 'eslint' eslint .
  step 'error tables of the READMEs' node scripts/docs-errors.mjs --check
  # shellcheck disable=SC2046 # file names of our own
  suite 'tests: JavaScript' node --expose-gc --test --test-timeout=300000 \
    --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=./tests/js/support/suite-table.js --test-reporter-destination="$tools/logs/suites.md" \
    $(find tests/js -name '*.test.js' -o -name '*.test.mjs' | sort)
  suite 'tests: Keyv' node tests/node_modules/vitest/vitest.mjs run --root tests
}

# Job control gives each lane a process group of its own: see jobs_end.
set -m
native_lane &
job_pids+=("$!")
set +m
step 'build' scripts/build.sh
if [ ! -f "$results/test-build.failed" ]; then
  tail -n 5 "$tools/logs/test-build.log" | sed 's/^/               /'
  step 'build with the test door' scripts/build.sh --test-door
  set -m
  javascript_lane &
  job_pids+=("$!")
  wasm_lane &
  job_pids+=("$!")
  set +m
fi
wait

passed=0
failed=0
for counts in "$results"/*.counts; do
  [ -f "$counts" ] || continue
  read -r p f <"$counts"
  passed=$((passed + p))
  failed=$((failed + f))
done
broken=0
for mark in "$results"/*.failed; do
  [ -f "$mark" ] || continue
  broken=$((broken + 1))
  slug=$(basename "$mark" .failed)
  printf '\n--- FAILED: %s (the end of .tools/logs/%s.log)\n' "$(cat "$mark")" "$slug"
  tail -n 80 "$tools/logs/$slug.log"
done
# Which suite held on which host; `node scripts/docs-suites.mjs` puts it into the docs.
[ ! -f "$tools/logs/suites.md" ] || { printf '\nclaims that held, by host and suite:\n'; cat "$tools/logs/suites.md"; }
# A gate that could not run its tests must not look green by having none that failed.
printf '\n%d s in all\n' "$SECONDS"
[ $broken = 0 ] || printf 'failed steps: %s\n' "$(cat "$results"/*.failed | paste -s -d, - | sed 's/,/, /g')"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ $broken = 0 ] && [ $failed = 0 ]
