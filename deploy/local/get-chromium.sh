#!/usr/bin/env bash
# Puts Chromium, for tests of the panel, into a folder, with the libraries that it needs, from Debian's packages: about 150 MB
# of downloads. Nothing is installed and no root is needed.
#   get-chromium.sh FOLDER           leaves FOLDER/chromium
set -euo pipefail
. "$(dirname "$0")/debian-packages.sh"

REMEDIES=(
  'install chromium and put it on PATH'
  'or name one: CHROMIUM_BIN=/path/to/chromium'
  'or name a Debian mirror to take the packages from: LOGBURST_DEBIAN_MIRROR'
)

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages_open "$work"
# All that it depends on, from the same release: the C library too, which is started by its own loader below.
mapfile -t packages < <(
  apt-get "${PACKAGES_APT[@]}" --simulate --no-install-recommends install chromium fonts-dejavu-core | awk '$1 == "Inst" { print $2 }'
)
[ ${#packages[@]} -gt 0 ] || fail 'the release has no chromium' "${REMEDIES[@]}"
packages_unpack "$work/prefix" "${packages[@]}"

rm -rf "$out/prefix"
mv "$work/prefix" "$out/prefix"
libraries=$(cd "$out/prefix" && find . -name '*.so*' -printf '%h\n' | sort -u | sed "s|^\.|$out/prefix|" | paste -sd :)
loader=$(find "$out/prefix" -name 'ld-linux*.so*' | head -n 1)
cat >"$out/chromium" <<EOF
#!/bin/sh
exec "$loader" --library-path "$libraries" "$out/prefix/usr/lib/chromium/chromium" "\$@"
EOF
chmod +x "$out/chromium"
"$out/chromium" --version >&2 || fail 'Chromium does not start' "${REMEDIES[@]}"
