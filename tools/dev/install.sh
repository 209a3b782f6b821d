#!/usr/bin/env bash
# Installs the Debian packages of the given groups (tools/dev/packages.txt) that are missing; silent when none is.
# usage: tools/dev/install.sh build [test]
set -euo pipefail
cd "$(dirname "$0")"

missing=()
for group in "$@"; do
  for package in $(awk -v group="$group" '$1 == group {print $2}' packages.txt); do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      missing+=("$package")
    fi
  done
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "these packages are missing, and neither root nor sudo is here to install them: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}
apt update
apt install -y --no-install-recommends "${missing[@]}"
