#!/usr/bin/env bash
# Puts an etcd from Debian's packages into a folder. Nothing is installed and no root is needed.
#   get-etcd.sh FOLDER        leaves FOLDER/etcd
set -euo pipefail
. "$(dirname "$0")/debian-packages.sh"

REMEDIES=(
  'install etcd 3.4 or later and put it on PATH'
  'or name one: ETCD_BIN=/path/to/etcd'
  'or name a Debian mirror to take the package from: LOGBURST_DEBIAN_MIRROR'
)

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages_open "$work"
packages_unpack "$work/prefix" etcd-server
binary=$work/prefix/usr/bin/etcd
version=$("$binary" --version | sed -n 's/^etcd Version: //p')
[ -n "$version" ] || fail "the release's etcd does not run here" "${REMEDIES[@]}"
mv "$binary" "$out/etcd"
step "etcd $version"
