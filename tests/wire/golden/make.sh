#!/usr/bin/env bash
# Makes goldens.gz anew with Kafka's own classes: 4.3.1 for what it has, 3.9.1 for the versions below. Needs Java 17 and Maven.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
schemas=$here/../../../src/wire/schemas
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

jars() {  # version, Maven options
  mvn -q -B -f "$here/pom.xml" -Dkafka.version="$1" "${@:2}" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/$1" >&2
}
jars 4.3.1 -Pcoordinators
jars 3.9.1
java -Xmx256m -cp "$work/4.3.1/*" "$here/GoldenMaker.java" "$schemas" "$work/new"
java -Xmx256m -cp "$work/3.9.1/*" "$here/GoldenMaker.java" "$schemas" "$work/all" "$work/new"
gzip -9 -n -c "$work/all" >"$here/goldens.gz"
ls -l "$here/goldens.gz"
