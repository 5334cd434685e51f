#!/usr/bin/env bash
# Sets up what MiniStash is built with, inside the project (.tools/, node_modules/). Takes a second when all is there.
#
#   scripts/setup.sh            what the build needs
#   scripts/setup.sh --demo     and what the demo needs: the packages of examples/sync-server/, 28 MB
#   scripts/setup.sh --tests    and what the tests need: wasm-pack, Chromium and Firefox with their drivers, the shell
#                               of JavaScriptCore, PostgreSQL, rustfmt, clippy, and the packages of tests/ and of
#                               examples/sync-server/
#
# MINISTASH_WASM_STD says where Rust's standard library for WebAssembly comes from:
#   auto    (default) what an earlier run chose; else an installed target; else `rustup target add`; else local
#   rustup  an installed target, or `rustup target add`
#   local   Debian's rustc-web and its library source, built once into .tools/lean (and, for the tests, into
#           .tools/sysroot); rustup's server is never asked
#
# Nothing outside the project changes but Debian packages (by apt) and, on the rustup route, rustup's own target.
# Afterwards `. .tools/env.sh` gives a shell the tools, `wasm cargo ...` the compiler for WebAssembly, and
# `lean cargo ...` the one that the published core is made by.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

wasm_pack_version=0.15.1
geckodriver_version=0.37.1
# Old phones (iOS 14) run the first version of WebAssembly plus mutable globals. The flags of the compiler cannot do
# that alone: the standard library has to be compiled for it too, which only the local route does.
std_flags='-Ctarget-cpu=mvp'
# The published core is compiled without the machinery that words a panic: it ends at once instead, which takes a sixth
# off it. Every crate below it has to be compiled so, the standard library too, hence a second one. The tests need
# their panics, and have the whole one.
lean_flags='-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none'

tests=
with_server=
case ${1:-} in
  --tests)
    tests=1
    with_server=1
    ;;
  --demo) with_server=1 ;;
  '') ;;
  *) die "unknown argument $1" 'usage: scripts/setup.sh [--demo | --tests]' ;;
esac
route=${MINISTASH_WASM_STD:-auto}
case $route in
  auto | rustup | local) ;;
  *) die "expected MINISTASH_WASM_STD to be auto, rustup or local, got $route" ;;
esac

# Two set-ups at once (a demo in one terminal, the tests in another) would build the same tools twice.
if have flock; then
  exec 9>"$tools/lock"
  flock -n 9 || { say 'waiting for another set-up of this project to finish ...'; flock 9; }
fi

# A rustup that finds no toolchain must say so and not start to download one.
export RUSTUP_AUTO_INSTALL=0

# --- what is there -------------------------------------------------------------------------------------------------

rust_version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# The command-line tool and the library of wasm-bindgen must be the same version to the letter.
bindgen_version=$(sed -n 's/^wasm-bindgen = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
[ -n "$bindgen_version" ] || die 'Cargo.toml does not pin wasm-bindgen to one version ("=x.y.z")'

have node || die 'Node.js is missing' 'install Node 20.19 or newer: https://nodejs.org, or apt install nodejs npm'
node -e '
  const [major, minor] = process.versions.node.split(".").map(Number)
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  die "Node.js is too old: $(node --version)" 'install Node 20.19 or newer: https://nodejs.org'
have npm || die 'npm is missing' 'it comes with Node.js from https://nodejs.org; on Debian: apt install npm'

# new_enough RUSTC: whether it runs and is not older than the crate asks for.
new_enough() {
  local version
  version=$("$1" -V 2>/dev/null | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
  [ -n "$version" ] || return 1
  [ $((${version%.*} * 1000 + ${version#*.})) -ge $((${rust_version%.*} * 1000 + ${rust_version#*.})) ]
}
has_target() { ls "$("$1" --print target-libdir --target $target 2>/dev/null)"/libcore-*.rlib >/dev/null 2>&1; }

# The compiler for native code: the user's own; Debian's where that one is missing, broken or too old.
native_dir=
choose_native() {
  native_dir=
  if have cargo && have rustc && cargo -V >/dev/null 2>&1 && new_enough rustc; then
    if [ -z "$tests" ] || { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then return 0; fi
    # The tests need rustfmt and clippy beside it.
    if [ "$route" != local ] && have rustup && rustup component add rustfmt clippy; then return 0; fi
  fi
  if [ -x /usr/bin/cargo ] && new_enough /usr/bin/rustc; then native_dir=/usr/bin; return 0; fi
  return 1
}

# --- the route to a standard library for WebAssembly ---------------------------------------------------------------

# std_flags_of SYSROOT: the flags of the lean library, or of the whole one.
std_flags_of() { if [ "$1" = lean ]; then echo "$std_flags $lean_flags"; else echo "$std_flags"; fi; }
std_stamp() { printf '%s | %s | 4' "$(/usr/bin/rustc -V 2>/dev/null)" "$(std_flags_of "$1")"; }
std_is_built() { fresh "$tools/$1/.stamp" "$(std_stamp "$1")"; }

add_target() {
  have rustup || return 1
  say "asking rustup for $target ..."
  if have timeout; then timeout 300 rustup target add $target; else rustup target add $target; fi && has_target rustc
}

if [ "$route" = auto ]; then
  # Who chose the local route once is not sent to rustup's server because a version changed.
  if fresh "$tools/stamps/route" local; then route=local
  elif have rustc && new_enough rustc && { has_target rustc || add_target; }; then route=rustup
  elif have apt-get; then
    say 'rustup cannot bring the target: building the standard library here instead (about a minute)'
    route=local
  elif ! have rustc; then
    die "Rust $rust_version or newer is missing" 'install it: https://rustup.rs'
  else
    die "the Rust target $target is missing and cannot be added" \
      "with rustup: rustup target add $target (Rust $rust_version or newer; https://rustup.rs)" \
      "with a distribution's Rust: install its package of the $target standard library"
  fi
elif [ "$route" = rustup ]; then
  { have rustc && new_enough rustc; } || die "Rust $rust_version or newer is missing" 'install it: https://rustup.rs'
  has_target rustc || add_target || die "rustup cannot add $target" 'see its message above; or set MINISTASH_WASM_STD=local on Debian'
fi

# --- system packages -----------------------------------------------------------------------------------------------

missing_packages() {
  local package
  for package; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
  done
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
require_apt() {
  have apt-get || die "these packages are missing and there is no apt to install them: $*" \
    'this route is for Debian and its relatives; elsewhere set MINISTASH_WASM_STD=rustup'
  [ "$(id -u)" = 0 ] || have sudo || die "these packages are missing: $*" "as root: apt-get install $*"
  [ "$(id -u)" = 0 ] || sudo -v || die "these packages are missing: $*" "run: sudo apt-get install $*"
}
apt_install() {
  local try
  # The lists have a lock of their own that apt does not wait for.
  for try in 1 2 3 4 5 6; do
    if as_root apt-get -qq -o DPkg::Lock::Timeout=600 update; then break; fi
    [ "$try" = 6 ] || sleep 10
  done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
    install --no-install-recommends "$@" || {
    echo "apt could not install: $*"
    return 1
  }
}

packages=()
if [ "$route" = local ]; then
  packages=(rustc-web cargo-web rust-web-src)
  [ -z "$tests" ] || packages+=(rust-web-clippy rustfmt-web)
  # A linker that is older than the compiler's LLVM refuses its object files; which LLVM that is, the compiler says.
  # On a fresh machine there is no compiler yet, and it is asked again once apt has brought it.
  llvm=$({ /usr/bin/rustc -vV 2>/dev/null || true; } | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
fi
have cc || packages+=(gcc libc6-dev)
to_install=
if [ ${#packages[@]} -gt 0 ] && have dpkg-query; then to_install=$(missing_packages "${packages[@]}")
elif [ ${#packages[@]} -gt 0 ]; then to_install="${packages[*]}"; fi

test_packages=()
if [ -n "$tests" ]; then
  [ -n "${CHROMEDRIVER:-}" ] || have chromedriver || test_packages+=(chromium chromium-driver)
  [ -n "${FIREFOX:-}" ] || have firefox || test_packages+=(firefox-esr)
  # iOS runs JavaScriptCore; its shell is a Debian package, and a part of macOS.
  [ -x "${JSC:-/usr/bin/jsc}" ] || [ -x /usr/local/bin/jsc ] ||
    [ -x /System/Library/Frameworks/JavaScriptCore.framework/Versions/Current/Helpers/jsc ] ||
    test_packages+=(libjavascriptcoregtk-4.0-bin)
  # Debian keeps the programs of a server out of PATH.
  have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || test_packages+=(postgresql)
fi

# --- what is to be done --------------------------------------------------------------------------------------------

std_missing=
if [ "$route" = local ]; then
  for folder in lean ${tests:+sysroot}; do std_is_built $folder || std_missing="$std_missing $folder"; done
fi

tool_is() { [ "$("$tools/bin/$1" --version 2>/dev/null | awk '{ print $2 }')" = "$2" ]; }
tools_missing=
tool_is wasm-bindgen "$bindgen_version" || tools_missing=1
[ -z "$tests" ] || tool_is wasm-pack "$wasm_pack_version" || tools_missing=1
# Debian has no package of Firefox's driver; whoever has one keeps it.
has_geckodriver() { [ -n "${GECKODRIVER:-}" ] || have geckodriver || tool_is geckodriver "$geckodriver_version"; }
[ -z "$tests" ] || has_geckodriver || tools_missing=1

# A lock file alone says what is installed; npm itself refuses one that does not fit the manifest. What only the tests
# and the benchmarks use has a manifest of its own, so that a demo does not wait for it.
npm_stamp() { echo "$(digest "$1/package-lock.json") node $(node -p 'process.versions.modules + process.platform + process.arch')"; }
npm_is_installed() { fresh "$1/node_modules/.ministash-stamp" "$(npm_stamp "$1")"; }
npm_missing=
npm_is_installed . || npm_missing=1
test_npm_missing=
server=examples/sync-server
server_npm_missing=
[ -z "$tests" ] || npm_is_installed tests || test_npm_missing=1
[ -z "$with_server" ] || npm_is_installed $server || server_npm_missing=1

# --- doing it ------------------------------------------------------------------------------------------------------

# npm_install FOLDER
npm_install() {
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000 || {
    echo 'npm ci failed. If it says that the registry cannot be reached: check the network, a proxy (npm config set proxy)'
    echo 'or a mirror (npm config set registry). If it says that the lock file does not fit: run npm install once.'
    return 1
  }
  printf '%s' "$(npm_stamp "$1")" >"$1/node_modules/.ministash-stamp"
}

# std_build SYSROOT: compiles the standard library once, with the flags above, into a sysroot that lies beside Debian's
# own compiler. It is made for size, which takes 6 % off the core; memory is copied by compiler_builtins, which stays
# fast.
std_build() {
  local sysroot=$tools/$1 target_folder=$root/target/wasm host source work lld file binary crates=std,panic_abort
  # The harness of `cargo test` comes with the whole one.
  if [ "$1" = lean ]; then target_folder=$root/target/lean; else crates=$crates,test,proc_macro; fi
  llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
  lld=$(command -v "wasm-ld-$llvm") || { echo "wasm-ld-$llvm is missing: apt-get install lld-$llvm"; return 1; }
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  source=$(readlink -f /usr/lib/rustlib/src/rust)
  work=$tools/std-build
  rm -rf "$work" "$sysroot.new"
  mkdir -p "$work/src"
  cat >"$work/Cargo.toml" <<'END'
[package]
name = "stdbuild"
version = "0.0.0"
edition = "2021"
[profile.release]
opt-level = "s"
debug = 0
codegen-units = 1
[profile.release.package.compiler_builtins]
opt-level = 3
[workspace]
END
  echo '#![no_std]' >"$work/src/lib.rs"
  (
    cd "$work"
    unset CARGO_TARGET_DIR CARGO_BUILD_TARGET RUSTFLAGS RUSTUP_TOOLCHAIN
    # RUSTC_BOOTSTRAP lets a stable compiler use -Zbuild-std, here and nowhere else. Bitcode is needed by `lto = true`.
    # The remapped paths make the library, and so our own bytes, independent of where this project lies.
    flags=(-Cembed-bitcode=yes
      "--remap-path-prefix=$CARGO_HOME/registry/src=/rust/deps"
      '--remap-path-prefix=/usr/lib/rustlib/src/rust=/rustc' "--remap-path-prefix=$source=/rustc"
      $(std_flags_of "$1"))
    CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; printf '%s' "${flags[*]}")
    export CARGO_ENCODED_RUSTFLAGS
    RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld \
      /usr/bin/cargo build --release --target $target \
      -Zbuild-std=$crates -Zbuild-std-features=optimize_for_size
  )
  mkdir -p "$sysroot.new/bin" "$sysroot.new/lib/rustlib/$target/lib" "$sysroot.new/lib/rustlib/$host/bin"
  for file in "$work/target/$target"/release/deps/lib*.rlib; do
    case ${file##*/} in libstdbuild-*) ;; *) cp "$file" "$sysroot.new/lib/rustlib/$target/lib/" ;; esac
  done
  ln -s "/usr/lib/rustlib/$host/lib" "$sysroot.new/lib/rustlib/$host/lib"
  # The target's default linker is called rust-lld.
  ln -s "$(readlink -f "$lld")" "$sysroot.new/lib/rustlib/$host/bin/rust-lld"
  ln -s /usr/lib/rustlib/src "$sysroot.new/lib/rustlib/src"
  # Debian's compiler believes in /usr whatever it is called as, so each tool is told. ${0%/bin/*} is the sysroot
  # itself: the project may be moved.
  for binary in rustc rustdoc; do
    printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "${0%%/bin/*}" "$@"\n' $binary >"$sysroot.new/bin/$binary"
  done
  for binary in clippy-driver cargo-clippy; do
    printf '#!/bin/sh\nSYSROOT="${0%%/bin/*}" exec /usr/bin/%s "$@"\n' $binary >"$sysroot.new/bin/$binary"
  done
  for binary in cargo cargo-fmt rustfmt; do ln -s /usr/bin/$binary "$sysroot.new/bin/$binary"; done
  chmod +x "$sysroot.new"/bin/*
  # cargo does not notice that the library under its artefacts is another one.
  rm -rf "$sysroot" "$work" "$target_folder"
  mv "$sysroot.new" "$sysroot"
  has_target "$sysroot/bin/rustc" || { echo 'the standard library was built but the compiler does not find it'; return 1; }
  std_stamp "$1" >"$sysroot/.stamp"
}
std_builds() {
  local folder
  for folder in $std_missing; do std_build "$folder"; done
}

# cargo_tool CRATE VERSION BINARY [FLAG]...
cargo_tool() {
  local crate=$1 version=$2 binary=$3 lock
  shift 3
  if tool_is "$binary" "$version"; then return 0; fi
  # An unoptimised tool is built in half the time, takes 0.2 s longer per run, and writes the same bytes. A registry
  # mirror that lags may lack one version of the tool's own lock file: then without it.
  for lock in --locked --no-track; do
    env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR="$tools/build" \
      CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=true PATH="${native_dir:+$native_dir:}$PATH" \
      cargo install --debug --force "$crate" --version "$version" --root "$tools" $lock "$@" && return 0
  done
  echo "cargo could not install $crate $version: is crates.io reachable?"
  return 1
}
cargo_tools() {
  # One after the other in one folder: they share most of what they depend on.
  cargo_tool wasm-bindgen-cli "$bindgen_version" wasm-bindgen --no-default-features
  [ -z "$tests" ] || cargo_tool wasm-pack "$wasm_pack_version" wasm-pack
  [ -z "$tests" ] || has_geckodriver || cargo_tool geckodriver "$geckodriver_version" geckodriver
  rm -rf "$tools/build"
}

if [ -n "$std_missing$tools_missing$npm_missing$test_npm_missing$server_npm_missing${test_packages[*]:-}$to_install" ]; then
  for part in "$to_install" "$tools_missing" "$npm_missing" "$test_npm_missing" "$server_npm_missing" "${test_packages[*]:-}"; do
    [ -z "$part" ] || job_total=$((job_total + 1))
  done
  # The standard library, and where needed the linker that fits it.
  if [ "$route" = local ]; then
    [ -n "$llvm" ] && have "wasm-ld-$llvm" || job_total=$((job_total + 1))
    [ -z "$std_missing" ] || job_total=$((job_total + 1))
  fi
  say "set-up of MiniStash (into .tools/ and node_modules/; route: $route):"

  [ -z "$npm_missing" ] || job 'npm packages' npm_install .
  [ -z "$test_npm_missing" ] || job 'npm packages of the tests' npm_install tests
  [ -z "$server_npm_missing" ] || job 'npm packages of the sync server' npm_install $server
  started_tools=
  if [ -n "$tools_missing" ] && [ -n "$(command -v cc)" ] && choose_native; then
    started_tools=1
    job "wasm-bindgen $bindgen_version${tests:+, wasm-pack $wasm_pack_version, geckodriver}" cargo_tools
  fi
  if [ -n "$to_install" ]; then
    # shellcheck disable=SC2086 # a list of package names
    require_apt $to_install
    # shellcheck disable=SC2086
    apt_now() { apt_install $to_install; }
    number=$((job_count + 1))
    printf '[%d/%d] Debian packages: %s...\n' "$number" "$job_total" "$to_install"
    job_count=$number
    start=$SECONDS
    apt_now >"$tools/logs/apt.log" 2>&1 </dev/null || {
      tail -n 20 "$tools/logs/apt.log" >&2
      die "apt could not install: $to_install" 'its message stands above; on this route a Debian with rustc-web is needed' \
        "elsewhere: MINISTASH_WASM_STD=rustup with Rust $rust_version or newer from https://rustup.rs"
    }
    printf '[%d/%d] Debian packages: done in %d s\n' "$number" "$job_total" $((SECONDS - start))
  fi
  if [ "$route" = local ]; then
    new_enough /usr/bin/rustc || die "Debian's rustc-web is older than Rust $rust_version" 'a newer Debian, or MINISTASH_WASM_STD=rustup'
    llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    if ! have "wasm-ld-$llvm"; then
      require_apt "lld-$llvm"
      job "Debian package: lld-$llvm" apt_install "lld-$llvm"
      # The other jobs go on meanwhile; only this one is waited for.
      linker_job=$!
      wait "$linker_job" || { tail -n 20 "$tools/logs"/Debian-package*.log >&2; die "apt could not install lld-$llvm"; }
    fi
  fi
  if [ -n "$tools_missing" ] && [ -z "$started_tools" ]; then
    choose_native || die "Rust $rust_version or newer is missing" 'install it: https://rustup.rs'
    job "wasm-bindgen $bindgen_version${tests:+, wasm-pack $wasm_pack_version, geckodriver}" cargo_tools
  fi
  if [ -n "$std_missing" ]; then job 'standard library for WebAssembly' std_builds; fi
  if [ ${#test_packages[@]} -gt 0 ]; then
    require_apt "${test_packages[@]}"
    job 'what the tests run on' apt_install "${test_packages[@]}"
  fi
  jobs_wait || die 'the set-up is not complete' 'the logs above say why; run the same command again to go on where it stopped'
fi
choose_native || die "Rust $rust_version or newer is missing" 'install it: https://rustup.rs'

# --- the environment -----------------------------------------------------------------------------------------------

{
  echo '# Written by scripts/setup.sh; source it. Works in bash and zsh.'
  printf 'ministash_root=%q\n' "$root"
  echo "ministash_route=$route"
  printf 'export CARGO_HOME=%q RUSTUP_AUTO_INSTALL=0\n' "$CARGO_HOME"
  # shellcheck disable=SC2016 # expanded when sourced
  echo 'export PATH="$ministash_root/.tools/bin:$ministash_root/node_modules/.bin:$PATH"'
  [ "$route" != local ] || printf 'ministash_std_flags=%q\nministash_lean_flags=%q\n' "$std_flags" "$std_flags $lean_flags"
  echo "# native COMMAND...: runs it with the compiler for this machine."
  printf 'native() { PATH="%s$PATH" "$@"; }\n' "${native_dir:+$native_dir:}"
  cat <<'END'
# wasm COMMAND...: runs it with the compiler for WebAssembly. lean COMMAND...: runs it with the one that the published
# core is made by; where rustup brought the standard library, both are one. They are other compilers than the native
# one, so they have target folders of their own. Paths of this machine are kept out of the bytes.
wasm() { ministash_compile wasm sysroot "${ministash_std_flags:-}" "$@"; }
lean() { ministash_compile lean lean "${ministash_lean_flags:-}" "$@"; }
# ministash_compile TARGET_FOLDER SYSROOT FLAGS COMMAND...
ministash_compile() {
  (
    unset RUSTFLAGS CARGO_BUILD_TARGET RUSTUP_TOOLCHAIN
    # What stands between the flags is no space: folders may have spaces in their names.
    separator=$(printf '\037')
    CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$ministash_root=/src${separator}--remap-path-prefix=$CARGO_HOME/registry/src=/cargo"
    [ -z "$3" ] || CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$separator$(printf '%s' "$3" | tr ' ' '\037')"
    export CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$ministash_root/target/$1"
    # Lets a stable compiler take -Cpanic=immediate-abort, and here nothing else.
    case $3 in *-Zunstable-options*) export RUSTC_BOOTSTRAP=1 ;; esac
    # cargo looks for its subcommands in its own home first unless that stands in PATH.
    [ "$ministash_route" != local ] || PATH="$ministash_root/.tools/$2/bin:$PATH:$CARGO_HOME/bin"
    shift 3
    "$@"
  )
}
END
} >"$tools/env.sh.new"
mv "$tools/env.sh.new" "$tools/env.sh"
printf '%s' "$route" >"$tools/stamps/route"
say "set-up: ready in $SECONDS s (route: $route)"
