#!/bin/sh
# Installs Debian packages for some tests: debian.sh TARGET PACKAGES... Says why it cannot, and then fails.
# Packages that bring daemons start none where there is no systemd.
target=$1
shift
say() { echo "$target: $*"; }

command -v apt-get >/dev/null || { say "this machine has no apt-get to install $* with"; exit 1; }
[ "$(id -u)" -eq 0 ] || { say "only root may install $*"; exit 1; }
say "installing $*, which takes a few minutes"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
wait="-o DPkg::Lock::Timeout=120"
{ apt-get update -qq $wait && apt-get install -qq -y --no-install-recommends $wait "$@"; } >"$log" 2>&1 || {
    say "$* could not be installed:"
    tail -n 5 "$log"
    exit 1
}
