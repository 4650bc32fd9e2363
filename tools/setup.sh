#!/bin/sh
# SPDX-License-Identifier: ISC
# setup.sh build|check - installs what packages.txt names and this machine lacks.
# Asks first, unless ASSUME_YES=1 or there is no terminal.
set -eu
want=${1:-build}
here=$(cd "$(dirname "$0")/.." && pwd)
missing=
while read -r group package; do
    case "$group" in \#*|"") continue ;; esac
    [ "$group" = build ] || [ "$want" = check ] || continue
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        *"ok installed"*) ;;
        *) missing="$missing $package" ;;
    esac
done <"$here/packages.txt"
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "setup: these packages are missing, and there is no apt-get to install them:$missing" >&2
    exit 1
fi
if [ "${ASSUME_YES:-0}" != 1 ] && [ -t 0 ]; then
    printf 'Détente needs these packages:%s\nInstall them now with apt-get? [y/N] ' "$missing"
    read -r answer
    case "$answer" in
        [yY]*) ;;
        *) echo "setup: nothing installed; install them and run make again" >&2; exit 1 ;;
    esac
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: run as root, or install by hand:$missing" >&2; exit 1; }
    as_root=sudo
fi
echo "setup: installing$missing"
log=$(mktemp)
# shellcheck disable=SC2086
if ! { $as_root apt-get update -q && DEBIAN_FRONTEND=noninteractive $as_root apt-get install \
    -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get failed; the whole report is in $log" >&2
    exit 1
fi
rm -f "$log"
