#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests; the last lines are ctest's. tests/README.md explains the labels.
# usage: tools/test.sh [--quick | --all]
#   --quick   unit tests of the release build
#   (none)    warnings under clang, unit tests under ASan and UBSan, every test of the release build but the long ones
#   --all     the same, unit tests under TSan, the fuzzers for a while, and the long tests
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-default}
case $mode in
  default | --quick | --all) ;;
  *) sed -n '3,6s/^# //p' "$0" >&2; exit 2 ;;
esac

stage() { printf '\n== %s (%d s so far)\n' "$1" "$SECONDS"; }

# build PRESET [TARGET]
build() {
  stage "build $1"
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" ${2:+--target "$2"}
}

# check PRESET [ctest arguments]
check() {
  stage "test $*"
  ctest --preset "$1" -j "$(nproc)" "${@:2}"
}

tools/dev/install.sh build test
tools/dev/runtimes.sh

if [ "$mode" = --quick ]; then
  build release
  check release -L '^unit$'
  exit
fi
build clang
build asan
check asan -L '^unit$'
if [ "$mode" = --all ]; then
  build tsan
  check tsan -L '^unit$'
  build fuzz tests/fuzz/all
  check fuzz -L '^fuzz$'
fi
build release
if [ "$mode" = --all ]; then
  check release
else
  check release -LE '^long$'
fi
