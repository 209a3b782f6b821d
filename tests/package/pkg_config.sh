#!/bin/sh
# The sample built by what pkg-config says of an installed tree, and run. 77: there is no pkg-config.
# usage: pkg_config.sh PREFIX COMPILER SAMPLE_DIR WORK_DIR
set -eu
if ! command -v pkg-config >/dev/null; then
  echo "skipped: there is no pkg-config"
  exit 77
fi
mkdir -p "$4"
folder=$(dirname "$(find "$1" -name streamline.pc)")
words=$(PKG_CONFIG_PATH=$folder pkg-config --cflags --libs streamline)
# shellcheck disable=SC2086
"$2" -std=c++20 "$3/embedded_sample.cc" $words -o "$4/embedded_sample"
# Where there is a shared library, it was linked.
LD_LIBRARY_PATH=$(dirname "$folder") "$4/embedded_sample"
