# Unpacks packages of a Debian (or Ubuntu) release into a folder, installing nothing and needing no root.
# Sourced by the scripts beside it that get or build something.
#
# The mirror is the one that this machine's own apt already uses, so no host name stands here. apt gets an index,
# a cache and a state of its own below the work folder; the system's are neither read nor written.
#
#   LOGBURST_DEBIAN_MIRROR  a Debian mirror to use in place of the machine's own (needed where that is not Debian)

step() { printf '  [%3ds] %s\n' "$SECONDS" "$*" >&2; }

fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  printf '  remedy: %s\n' "$@" >&2
  exit 1
}

# Prints the mirror of this machine's main component, security and update suites left out.
machine_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(LABEL)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
    awk '$2 !~ /-/ && ($3 == "Debian" || $3 == "Ubuntu" || $3 == "") { print $1; exit }'
}

# packages_open WORK [own]: chooses mirror and release, and reads the release's package index. The release is this machine's own
# where what is fetched is to run on the machine's C library.
packages_open() {
  PACKAGES_WORK=$1
  local tool id codename mirror suite components keyring
  for tool in apt-get dpkg-deb awk tar; do
    command -v "$tool" >/dev/null || fail "$tool is not on this machine, so no Debian package can be fetched" "${REMEDIES[@]}"
  done
  id=$(. /etc/os-release && echo "${ID:-}")
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=${LOGBURST_DEBIAN_MIRROR:-$(machine_mirror)}
  suite=trixie components=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ "$id" = debian ] && [ "${2:-}" = own ]; then suite=${codename:-sid}; fi
  if [ "$id" = ubuntu ] && [ -z "${LOGBURST_DEBIAN_MIRROR:-}" ]; then
    suite=$codename components='main universe' keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
  fi
  [ -n "$mirror" ] || fail "this machine's apt sources name no main repository" "${REMEDIES[@]}"
  [ -r "$keyring" ] || fail "$keyring is missing, so packages could not be verified" "${REMEDIES[@]}"

  mkdir -p "$PACKAGES_WORK"/{state/lists/partial,cache/archives/partial,debs}
  printf 'deb [signed-by=%s] %s %s %s\n' "$keyring" "$mirror" "$suite" "$components" >"$PACKAGES_WORK/sources.list"
  : >"$PACKAGES_WORK/status"
  PACKAGES_APT=(-qq
    -o "Dir::Etc::SourceList=$PACKAGES_WORK/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o "Dir::State=$PACKAGES_WORK/state" -o "Dir::State::status=$PACKAGES_WORK/status"
    -o "Dir::Cache=$PACKAGES_WORK/cache"
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::http::Timeout=60
    -o APT::Update::Post-Invoke-Success::= -o DPkg::Post-Invoke::=)
  step "reading the package index of $suite"
  apt-get "${PACKAGES_APT[@]}" update >&2 || fail "the package index of $suite could not be read" "${REMEDIES[@]}"
}

# packages_unpack FOLDER PACKAGE...: downloads the packages and unpacks them below FOLDER, without their test data.
packages_unpack() {
  local folder=$1 deb
  shift
  step "downloading $# package(s)"
  (cd "$PACKAGES_WORK/debs" && apt-get "${PACKAGES_APT[@]}" download "$@" >&2) ||
    fail "not every package could be downloaded: $*" "${REMEDIES[@]}"
  step "unpacking $(du -ch "$PACKAGES_WORK"/debs/*.deb | tail -n 1 | cut -f 1)"
  mkdir -p "$folder"
  for deb in "$PACKAGES_WORK"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar -x -C "$folder" --no-same-owner --exclude='*/testdata/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/go-*/test/*'
  done
}
