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

packages_open "$work" own
# All that it depends on but the C library, which is this machine's.
mapfile -t packages < <(
  apt-get "${PACKAGES_APT[@]}" --simulate --no-install-recommends install chromium fonts-dejavu-core |
    awk '$1 == "Inst" && $2 !~ /^(libc6|libc-bin)$/ { print $2 }'
)
[ ${#packages[@]} -gt 0 ] || fail 'the release has no chromium' "${REMEDIES[@]}"
packages_unpack "$work/prefix" "${packages[@]}"

libraries=$(cd "$work/prefix" && find . -name '*.so*' -printf '%h\n' | sort -u | sed 's|^\.|$here/prefix|' | paste -sd :)
cat >"$work/chromium" <<EOF
#!/bin/sh
here=\$(cd "\$(dirname "\$0")" && pwd)
export LD_LIBRARY_PATH="$libraries" FONTCONFIG_SYSROOT="\$here/prefix"
exec "\$here/prefix/usr/lib/chromium/chromium" "\$@"
EOF
chmod +x "$work/chromium"
"$work/chromium" --headless --no-sandbox --disable-gpu --dump-dom about:blank >/dev/null 2>"$work/words" ||
  fail "Chromium does not start: $(tail -n 3 "$work/words")" "${REMEDIES[@]}"
rm -rf "$out/prefix"
mv "$work/prefix" "$work/chromium" "$out"
