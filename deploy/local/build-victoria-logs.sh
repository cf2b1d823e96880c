#!/usr/bin/env bash
# Builds a single-node VictoriaLogs server from Debian's source packages into a folder: about 90 MB of downloads and one
# to three minutes. Nothing is installed, no root and no C compiler are needed, and only the binary is left behind.
#   build-victoria-logs.sh FOLDER    leaves FOLDER/victoria-logs
set -euo pipefail
. "$(dirname "$0")/debian-packages.sh"

REMEDIES=(
  'name a VictoriaLogs binary of yours: VICTORIA_LOGS_BIN=/path/to/victoria-logs'
  'or use a running server: logburst demo --target http://host:9428'
  'or name a Debian mirror to take the packages from: LOGBURST_DEBIAN_MIRROR'
)
GO=1.24
PACKAGES=(
  "golang-$GO-go" "golang-$GO-src"
  golang-github-victoriametrics-victoriametrics-dev
  golang-github-victoriametrics-easyproto-dev
  golang-github-victoriametrics-metrics-dev
  golang-github-victoriametrics-metricsql-dev
  golang-github-valyala-bytebufferpool-dev
  golang-github-valyala-fastjson-dev
  golang-github-valyala-fastrand-dev
  golang-github-valyala-fasttemplate-dev
  golang-github-valyala-histogram-dev
  golang-github-valyala-quicktemplate-dev
  golang-github-cespare-xxhash-dev
  golang-github-golang-snappy-dev
  golang-github-klauspost-compress-dev
  golang-golang-x-sys-dev
)

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
# Go writes its module and build caches read-only.
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

packages_open "$work"
packages_unpack "$work/prefix" "${PACKAGES[@]}"

sources=$work/prefix/usr/share/gocode/src/github.com/VictoriaMetrics/VictoriaMetrics
[ -d "$sources/app/victoria-logs" ] ||
  fail "the release's VictoriaMetrics sources hold no VictoriaLogs (Debian's trixie does)" "${REMEDIES[@]}"
version=$(dpkg-deb -f "$work"/debs/golang-github-victoriametrics-victoriametrics-dev_*.deb Version)

step "compiling VictoriaLogs from $version (the longest step, about a minute on two cores)"
# Without cgo the compression library is pure Go: no compiler, no shared libraries, a static binary.
export GOROOT=$work/prefix/usr/lib/go-$GO GOPATH=$work/prefix/usr/share/gocode GOCACHE=$work/go-cache HOME=$work \
  GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local CGO_ENABLED=0
cd "$sources"
"$GOROOT/bin/go" build -trimpath -o "$work/victoria-logs" -ldflags \
  "-s -w -X github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=victoria-logs-debian-$version" ./app/victoria-logs ||
  fail 'VictoriaLogs could not be compiled; the compiler says why above' "${REMEDIES[@]}"
"$work/victoria-logs" -version >&2
mv "$work/victoria-logs" "$out/victoria-logs"
step 'done'
