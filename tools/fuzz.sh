#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh SECONDS [NAME...] - runs libFuzzer on the targets in fuzz/, one after another.
# What it finds is kept in build-fuzz; the corpora in the tree are only read.
set -eu
seconds=${1:-60}
[ $# -eq 0 ] || shift
cd "$(dirname "$0")/.."
[ -f build-fuzz/build.ninja ] || CC=${CC:-clang-14} meson setup build-fuzz -Dfuzz=true \
    --buildtype=debugoptimized -Db_sanitize=address,undefined >/dev/null
[ $# -gt 0 ] || set -- $(ls fuzz/fuzz_*.c | sed 's|fuzz/fuzz_||; s|\.c$||')
passed=0 failed=0
for name; do
    ninja --quiet -C build-fuzz "fuzz/fuzz_$name"
    mkdir -p "build-fuzz/corpus/$name"
    seeds=
    [ ! -d "fuzz/corpus/$name" ] || seeds=fuzz/corpus/$name
    echo "fuzz: $name for $seconds s"
    # shellcheck disable=SC2086
    if "build-fuzz/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=20000 -verbosity=0 -print_final_stats=1 -artifact_prefix="build-fuzz/$name-" \
        "build-fuzz/corpus/$name" $seeds >"build-fuzz/$name.log" 2>&1; then
        grep number_of_executed_units "build-fuzz/$name.log"
        passed=$((passed + 1))
    else
        tail -n 40 "build-fuzz/$name.log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
