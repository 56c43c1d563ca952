#!/bin/sh
# Debian's package of Chromium, where it is missing. Never fails: tests are skipped where there is none.
for program in chromium chromium-browser google-chrome; do
    command -v "$program" >/dev/null && exit 0
done
"$(dirname "$0")/../debian.sh" test-browser chromium fonts-dejavu-core || true
