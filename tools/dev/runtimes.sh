#!/usr/bin/env bash
# Looks for the run times of the client tests, which no Debian package of ours brings. An absent one is named, since its tests
# are left out; with CI=true that is a failure.
set -euo pipefail

absent=()
# at_least NAME MINIMUM VERSION: notes NAME as absent unless the first number of VERSION ("17.0.1", "3.11") reaches MINIMUM.
at_least() {
  if [ -z "$3" ] || [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)" != "$2" ]; then
    absent+=("$1 $2 or newer (found: ${3:-none})")
  fi
}
number() { grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 || true; }

at_least Go 1.20 "$(go version 2>/dev/null | number)"
at_least Java 17 "$(java -version 2>&1 | number)"
at_least Maven 3.6 "$(mvn --version 2>/dev/null | number)"
at_least Node.js 20 "$(node --version 2>/dev/null | number)"
at_least Python 3.11 "$(python3 --version 2>/dev/null | number)"

if [ ${#absent[@]} -gt 0 ]; then
  printf 'client tests left out, not on the PATH: %s\n' "${absent[@]}"
  if [ "${CI:-}" = true ]; then
    echo 'with CI=true every run time must be there'
    exit 1
  fi
fi
