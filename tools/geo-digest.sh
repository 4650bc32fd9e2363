#!/bin/sh
# SPDX-License-Identifier: ISC
# geo-digest.sh - builds the geometry with each compiler at -O0 and -O3 and checks
# that a million verdicts, distances and places, and the answers of an index of
# 20,000 volumes, hash to the constants in tests/geo/digest.h. usage: tools/geo-digest.sh [PAIRS] [COMPILER...]
set -eu
cd "$(dirname "$0")/.."
pairs=${1:-1000000}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- gcc clang-14
case $pairs in
1000000) want=$(sed -n 's/^#define GEO_DIGEST_1M "\(.*\)"/\1/p' tests/geo/digest.h) ;;
100000) want=$(sed -n 's/^#define GEO_DIGEST_100K "\(.*\)"/\1/p' tests/geo/digest.h) ;;
*) want= ;;
esac
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
bad=0
for cc in "$@"; do
    if ! command -v "$cc" >/dev/null 2>&1; then
        echo "geo-digest: $cc is not here, left out"
        continue
    fi
    for level in -O0 -O3; do
        # shellcheck disable=SC2086
        "$cc" -std=c17 -D_GNU_SOURCE -ffp-contract=off $level -Isrc -Itests/geo -o "$room/digest" \
            tests/geo/digest_main.c tests/geo/world.c src/geo/*.c src/base/*.c src/crypto/*.c \
            $(pkg-config --cflags --libs libsodium libcrypto) -lm
        got=$("$room/digest" "$pairs")
        [ -n "$want" ] || want=$got
        if [ "$got" = "$want" ]; then
            echo "geo-digest: $cc $level $pairs pairs: $got"
        else
            echo "geo-digest: $cc $level $pairs pairs: $got, expected $want"
            bad=1
        fi
        got=$("$room/digest" index 20000)
        echo "geo-digest: $cc $level index: $got"
        [ "$got" = "$(sed -n 's/^#define GEO_DIGEST_INDEX_20K "\(.*\)"/\1/p' tests/geo/digest.h)" ] || bad=1
    done
done
exit $bad
