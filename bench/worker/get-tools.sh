#!/usr/bin/env bash
# Puts a web server and other load generators into a folder, to be measured beside: nginx, wrk, h2load, hey and ab from the
# packages of this machine's release, autocannon from npm. Nothing is installed and no root is needed.
#   get-tools.sh FOLDER        leaves FOLDER/bin, FOLDER/lib and FOLDER/node_modules
set -euo pipefail
. "$(dirname "$0")/../../deploy/local/debian-packages.sh"

REMEDIES=('put nginx, wrk, h2load, hey and ab on PATH')
AUTOCANNON=9.0.0

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# C programs want the libraries of their own release, so this one's packages are taken, and of what they need only that
# which is not installed already.
mirror=${LOGBURST_DEBIAN_MIRROR:-$(machine_mirror)}
[ -n "$mirror" ] || fail "this machine's apt sources name no main repository" "${REMEDIES[@]}"
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,prefix} "$out"/{bin,lib}
(. /etc/os-release && printf 'deb %s %s %s\n' "$mirror" "$VERSION_CODENAME" "main $([ "$ID" != ubuntu ] || echo universe)") \
  >"$work/sources.list"
apt=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$work/state"
  -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$work/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=
  -o Acquire::Languages=none -o APT::Update::Post-Invoke-Success::= -o DPkg::Post-Invoke::=)
step 'reading the package index of this release'
apt-get "${apt[@]}" update >&2 || fail 'the package index could not be read' "${REMEDIES[@]}"
step 'downloading nginx, wrk, h2load, hey, ab'
apt-get "${apt[@]}" --yes --no-install-recommends --download-only --reinstall install nginx wrk nghttp2-client hey apache2-utils >&2 ||
  fail 'not every package could be downloaded' "${REMEDIES[@]}"
for deb in "$work"/cache/archives/*.deb; do dpkg-deb --extract "$deb" "$work/prefix"; done
cp "$work"/prefix/usr/sbin/nginx "$work"/prefix/usr/bin/{wrk,h2load,hey,ab} "$out/bin/"
find "$work/prefix/usr/lib" -name '*.so*' -exec cp --no-dereference {} "$out/lib/" \;

step "autocannon $AUTOCANNON"
npm install --prefix "$out" --no-save --ignore-scripts --no-audit --no-fund "autocannon@$AUTOCANNON" >&2
