#!/bin/sh
# Debian's and Ubuntu's package of PyQGIS, where it is missing. Never fails: tests are skipped where there is none.
QT_QPA_PLATFORM=offscreen "${1:-/usr/bin/python3}" -c 'import qgis.core' 2>/dev/null && exit 0
"$(dirname "$0")/../debian.sh" test-qgis python3-qgis || true
