#!/usr/bin/env bash
# Builds the broker and starts it on 127.0.0.1:9092 with its data in ./data; arguments go to the broker.
# usage: tools/run.sh [broker arguments]
set -euo pipefail
cd "$(dirname "$0")/.."

tools/dev/install.sh build
cmake --preset release >/dev/null
cmake --build --preset release --target streamline streamline-cli >&2

place=(--data-dir data)
for argument in "$@"; do
  case $argument in
    --data-dir* | --in-memory | --ephemeral | --config* | --help | --version) place=() ;;
  esac
done
exec build/release/bin/streamline "${place[@]}" "$@"
