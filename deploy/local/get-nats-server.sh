#!/usr/bin/env bash
# Puts a nats-server from Debian's packages into a folder. Nothing is installed and no root is needed.
#   get-nats-server.sh FOLDER        leaves FOLDER/nats-server
set -euo pipefail
. "$(dirname "$0")/debian-packages.sh"

MINIMUM=2.10
REMEDIES=(
  "install nats-server $MINIMUM or later and put it on PATH"
  'or name one: NATS_SERVER_BIN=/path/to/nats-server'
  'or use a running server with JetStream: NATS_URL=nats://host:4222'
  'or name a Debian mirror to take the package from: LOGBURST_DEBIAN_MIRROR'
)

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages_open "$work"
packages_unpack "$work/prefix" nats-server
binary=$work/prefix/usr/sbin/nats-server
version=$("$binary" --version | sed 's/.*v//')
if [ "$(printf '%s\n%s\n' "$MINIMUM" "$version" | sort -V | head -n 1)" != "$MINIMUM" ]; then
  fail "the release's nats-server is $version; $MINIMUM is the oldest that can be used" "${REMEDIES[@]}"
fi
mv "$binary" "$out/nats-server"
step "nats-server $version"
