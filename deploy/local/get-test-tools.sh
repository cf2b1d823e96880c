#!/usr/bin/env bash
# Puts kubectl, Prometheus and promtool from Debian's packages (50 MB) into a folder, for the tests. Nothing is installed and no
# root is needed; what is there stays.
#   get-test-tools.sh FOLDER         leaves FOLDER/{kubectl,prometheus,promtool}
set -euo pipefail
. "$(dirname "$0")/debian-packages.sh"

TOOLS=(kubectl prometheus promtool)
REMEDIES=('name a Debian mirror to take the packages from: LOGBURST_DEBIAN_MIRROR')

out=$(mkdir -p "$1" && cd "$1" && pwd)
missing=()
for tool in "${TOOLS[@]}"; do [ -x "$out/$tool" ] || missing+=("$tool"); done
[ ${#missing[@]} -gt 0 ] || exit 0
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages_open "$work"
packages_unpack "$work/prefix" "${missing[@]}"
for tool in "${missing[@]}"; do mv "$work/prefix/usr/bin/$tool" "$out/$tool"; done
step "${missing[*]}"
