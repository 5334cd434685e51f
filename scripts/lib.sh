# shellcheck shell=bash
# What the other scripts share: where things are, how a job is run, timed and reported. Sourced, never run.
# Written for bash 3.2 as well, because that is what macOS ships.
set -euo pipefail
# No script ends without a word: what `set -e` ends says where.
trap 'printf "\nerror: %s, line %s: ended with status %s: %s\n" "$0" "$LINENO" "$?" "$BASH_COMMAND" >&2' ERR

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
# shellcheck disable=SC2034 # read by the scripts that source this file
target=wasm32-unknown-unknown
cd "$root"
mkdir -p "$tools/logs" "$tools/stamps"

# A home that cannot be written (a container's nobody, a build farm) must not end the build: caches go into the project.
if [ ! -d "${HOME:-/nonexistent}" ] || [ ! -w "$HOME" ]; then
  mkdir -p "$tools/home"
  export HOME=$tools/home
fi
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}

say() { printf '%s\n' "$*"; }

# die WHAT [HOW]...: what is missing, and one line for each way to get it.
die() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  local way
  for way in "$@"; do printf '  %s\n' "$way" >&2; done
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# digest FILE...: one word that changes when any of the files changes.
digest() {
  if have sha256sum; then cat "$@" | sha256sum | cut -c1-24; else cat "$@" | shasum -a 256 | cut -c1-24; fi
}

fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# --- jobs: named commands that may run side by side, each with its own log ------------------------------------------

job_names=()
job_pids=()
job_count=0
job_total=${job_total:-0}

# job NAME COMMAND...: starts the command beside what is running and says so.
job() {
  local name=$1 number start=$SECONDS slug
  shift
  job_count=$((job_count + 1))
  number=$(printf '[%d/%d]' "$job_count" "$job_total")
  slug=${name//[^A-Za-z0-9]/-}
  printf '%s %s ...\n' "$number" "$name"
  # Job control gives each job a process group of its own, so that an interrupted script can end all of it.
  set -m
  (
    status=0
    # A subshell of its own keeps `set -e` alive inside the command: `if` and `||` would switch it off.
    set +e
    (set -e; "$@") >"$tools/logs/$slug.log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then
      printf '%s %s: done in %d s\n' "$number" "$name" $((SECONDS - start))
    else
      printf '%s %s: FAILED after %d s\n' "$number" "$name" $((SECONDS - start))
    fi
    exit $status
  ) &
  set +m
  job_names+=("$name")
  job_pids+=("$!")
}

jobs_end() {
  local pid
  for pid in ${job_pids[@]+"${job_pids[@]}"}; do kill -TERM -- "-$pid" 2>/dev/null || true; done
}
trap jobs_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# jobs_wait: waits for all, saying every 20 seconds what is still going on; on failure prints the logs and ends.
jobs_wait() {
  local i busy waited=0 failed=()
  while :; do
    busy=
    for i in ${job_pids[@]+"${!job_pids[@]}"}; do
      if kill -0 "${job_pids[$i]}" 2>/dev/null; then busy="$busy${busy:+, }${job_names[$i]}"; fi
    done
    [ -n "$busy" ] || break
    sleep 0.2
    waited=$((waited + 1))
    if [ $((waited % 100)) = 0 ]; then printf '      %d s: still at %s\n' "$SECONDS" "$busy"; fi
  done
  for i in ${job_pids[@]+"${!job_pids[@]}"}; do
    wait "${job_pids[$i]}" || failed+=("${job_names[$i]}")
  done
  job_names=()
  job_pids=()
  [ ${#failed[@]} -gt 0 ] || return 0
  local name log
  for name in "${failed[@]}"; do
    log=$tools/logs/${name//[^A-Za-z0-9]/-}.log
    printf '\n--- %s: the end of %s\n' "$name" "${log#"$root"/}" >&2
    tail -n 40 "$log" >&2
  done
  return 1
}
