#!/bin/sh
# SPDX-License-Identifier: ISC
# check.sh - every test under AddressSanitizer and UBSan in build-check, and the checks
# that need no build. The last line is `N passed, N failed`. Called by `make check`.
set -eu
cd "$(dirname "$0")/.."
build=build-check
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
export PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0

# note WORD COMMAND... - one check that counts as one; its output only when it fails.
note()
{
    what=$1
    shift
    printf 'check: %-42s ' "$what"
    if "$@" >"$build/note.log" 2>&1; then
        echo ok
        passed=$((passed + 1))
    else
        echo FAILED
        cat "$build/note.log"
        failed=$((failed + 1))
    fi
}

# counted NAME COMMAND... - its PASS and FAIL lines count, by its last line `N passed, N failed`.
counted()
{
    what=$1
    shift
    printf 'check: %-42s ' "$what"
    code=0
    "$@" >"$build/note.log" 2>&1 || code=$?
    line=$(tail -n 1 "$build/note.log")
    good=$(echo "$line" | sed -n 's/^\([0-9][0-9]*\) passed, [0-9][0-9]* failed$/\1/p')
    bad=$(echo "$line" | sed -n 's/^[0-9][0-9]* passed, \([0-9][0-9]*\) failed$/\1/p')
    if [ "$code" != 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi # it did not come to its end
    if [ -z "$good" ]; then good=0 bad=1; fi
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$bad" = 0 ]; then
        echo "ok, $good"
        grep '^SKIP' "$build/note.log" || true
    else
        echo "FAILED"
        grep -v '^PASS' "$build/note.log" || true
    fi
}

echo "check: configure and build with sanitizers"
mkdir -p "$build"
if [ ! -f "$build/build.ninja" ]; then
    CC=${CC:-gcc} meson setup "$build" --buildtype=debugoptimized -Db_ndebug=false \
        -Db_sanitize=address,undefined >"$build/setup.log" 2>&1 || {
        cat "$build/setup.log"
        echo "0 passed, 1 failed"
        exit 1
    }
fi
# Some lines of progress: a user waits for nothing in silence.
{ NINJA_STATUS='[%f/%t] ' ninja -C "$build" 2>&1; echo $? >"$build/ninja.rc"; } |
    tee "$build/ninja.log" |
    awk -F'[][/]' '/^\[[0-9]+\/[0-9]+\]/ && int($2 * 5 / $3) > step {
        step = int($2 * 5 / $3); printf "check: built %d of %d\n", $2, $3; fflush() }'
if [ "$(cat "$build/ninja.rc")" != 0 ]; then
    grep -v '^\[' "$build/ninja.log" | tail -n 60
    echo "0 passed, 1 failed"
    exit 1
fi
grep -A 5 'warning:' "$build/ninja.log" || true

note "layers look down only" python3 tools/layers.py
[ ! -f tests/reference/test_reference.py ] ||
    note "the reference against itself" python3 tests/reference/test_reference.py
[ ! -f tests/reference/make_vectors.py ] ||
    note "vectors are what it writes" python3 tests/reference/make_vectors.py --check

note "the session that README.md shows" python3 tests/e2e/readme_session.py "$build/detente"
counted "what the operator guide has you type" python3 tests/e2e/guide_session.py "$build/detente"

# The program itself, as people and other programs use it.
export DETENTE="$PWD/$build/detente"
counted "install, and use what lies there" env BUILD="$build" tests/e2e/install.sh
counted "bad input is refused by name" tests/e2e/bad_input.sh
counted "JSON is what the schema says" tests/e2e/cli_json.py
counted "exports and pages" tests/e2e/papers.py
counted "a window that follows outlives its node" tests/e2e/follow.sh
counted "two officers, reports by voice, tests of people" tests/e2e/release.sh
counted "a line follows another, and nothing open is lost" tests/e2e/successor.sh
counted "a stolen node is replaced, a standby goes on: the guide, typed" tests/e2e/stolen.sh
counted "blind notices between two nodes" tests/e2e/blind.sh
counted "a watch by commands" tests/e2e/watch.sh
counted "desks in terminals" tests/e2e/desk.sh
counted "desks when things go wrong" tests/e2e/desk_watch.sh
counted "24 mixes of receipts at a real desk" tests/e2e/desk_mixes.sh
counted "what is real on an exercise line" tests/e2e/no_duff.sh
counted "desks that close" tests/e2e/desk_close.sh
counted "what comes after the first keys at a desk" tests/e2e/desk_after.sh
counted "a desk older than a line" tests/e2e/desk_lines.sh
counted "desks at night" tests/e2e/desk_nights.sh
counted "desks on other terminals, over ssh" tests/e2e/desk_terms.sh
counted "French for every text" tests/e2e/french.sh
[ ! -f tools/check_docs.py ] ||
    note "documents say what is so" python3 tools/check_docs.py --program "$DETENTE"

counted "geometry on other machines" tools/geo-foreign.sh

rm -f "$build/meson-logs/testlog.junit.xml"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs || status=$?
counts=$(python3 tools/count_tests.py "$build/meson-logs/testlog.junit.xml") || counts="0 1 0"
# shellcheck disable=SC2086
set -- $counts
passed=$((passed + $1)) failed=$((failed + $2)) skipped=$3
if [ "$status" != 0 ] && [ "$2" = 0 ]; then
    failed=$((failed + 1)) # the runner says so even if no test does
fi
if [ "$1" = 0 ]; then
    echo "check: no test ran" >&2
    failed=$((failed + 1))
fi
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
