#!/bin/sh
# SPDX-License-Identifier: ISC
# geo-foreign.sh - the geometry as other machines compute it: AArch64 (in qemu) and another
# C library (musl). Each verdict, distance and place, and the answers of an index, must hash
# to the constants in tests/geo/digest.h, with SHA-256 of our own, as those machines have no
# library for us here.
# usage: geo-foreign.sh [100000|1000000]     pairs; a million takes some four minutes
# What is not installed is left out and said: qemu-user gcc-aarch64-linux-gnu musl-tools.
set -eu
cd "$(dirname "$0")/.."
constant() { sed -n "s/^#define $1 \"\(.*\)\"/\1/p" tests/geo/digest.h; }
pairs=${1:-100000}
case $pairs in
100000) digest_of=GEO_DIGEST_100K ;;
1000000) digest_of=GEO_DIGEST_1M ;;
*) echo "usage: $0 [100000|1000000]" >&2 && exit 2 ;;
esac
want="$(constant "$digest_of") $(constant GEO_DIGEST_INDEX_20K)"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
passed=0 failed=0

# digest WHAT COMPILER [EMULATOR...]
digest()
{
    what=$1 cc=$2
    shift 2
    for tool in "$cc" "$@"; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            echo "SKIP $what: $tool is not installed"
            return 0
        fi
    done
    for level in -O0 -O3; do
        got=
        if "$cc" -static -std=c17 -D_GNU_SOURCE -ffp-contract=off $level -Isrc -Itests/geo \
            -o "$room/digest" tests/geo/digest_main.c tests/geo/world.c tests/geo/plain_sha256.c \
            src/geo/*.c src/base/*.c -lm 2>"$room/err"; then
            got="$("$@" "$room/digest" "$pairs") $("$@" "$room/digest" index 20000)" || true
        else
            cat "$room/err"
        fi
        if [ "$got" = "$want" ]; then
            echo "PASS $what $level"
            passed=$((passed + 1))
        else
            echo "FAIL $what $level: ${got:-nothing}, expected $want"
            failed=$((failed + 1))
        fi
    done
}

digest "the digest's own SHA-256, here" "${CC:-gcc}"
digest "AArch64" aarch64-linux-gnu-gcc qemu-aarch64
digest "musl" musl-gcc
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
