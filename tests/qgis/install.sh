#!/bin/sh
# Debian's and Ubuntu's package of PyQGIS, where it is missing and may be installed. Says why it is not; never fails:
# whether QGIS is there decides what comes next.
python=${1:-/usr/bin/python3}
log=$(mktemp)

has_qgis() { QT_QPA_PLATFORM=offscreen "$python" -c 'import qgis.core' 2>/dev/null; }

install_qgis() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq -o DPkg::Lock::Timeout=120 &&
        apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 python3-qgis
}

has_qgis && exit 0
if ! command -v apt-get >/dev/null; then
    echo "test-qgis: this machine has no apt-get to install python3-qgis with"
elif [ "$(id -u)" -ne 0 ]; then
    echo "test-qgis: only root may install python3-qgis"
else
    echo "test-qgis: installing python3-qgis, which takes a few minutes"
    install_qgis >"$log" 2>&1 || { echo "test-qgis: python3-qgis could not be installed:"; tail -n 5 "$log"; }
    has_qgis || echo "test-qgis: $python cannot import qgis.core"
fi
rm -f "$log"
exit 0
