#!/bin/sh
# Debian's package of Chromium, where it is missing and may be installed. Says why it is not; never fails: whether
# Chromium is there decides what comes next.
log=$(mktemp)

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

install_chromium() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq -o DPkg::Lock::Timeout=120 &&
        apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 chromium fonts-dejavu-core
}

has_chromium && exit 0
if ! command -v apt-get >/dev/null; then
    echo "test-browser: this machine has no apt-get to install chromium with"
elif [ "$(id -u)" -ne 0 ]; then
    echo "test-browser: only root may install chromium"
else
    echo "test-browser: installing chromium, which takes a few minutes"
    install_chromium >"$log" 2>&1 || { echo "test-browser: chromium could not be installed:"; tail -n 5 "$log"; }
    has_chromium || echo "test-browser: there is no chromium"
fi
rm -f "$log"
exit 0
