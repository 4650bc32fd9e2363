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

# later KIND WHAT COMMAND - a step for run_steps; see check_step.sh.
steps=0
later()
{
    steps=$((steps + 1))
    printf '%s\t%s\t%s\t%s\n' "$steps" "$1" "$2" "$3" >>"$DT_STEPS/list"
}

# Three side by side: most of their time they wait for nodes, desks and deadlines.
run_steps()
{
    xargs -d '\n' -n 1 -P 3 tools/check_step.sh <"$DT_STEPS/list" || true
    number=0
    while [ "$number" -lt "$steps" ]; do
        number=$((number + 1))
        read -r good bad <"$DT_STEPS/$number.counts" || good=0 bad=1 # it did not come to its end
        passed=$((passed + good)) failed=$((failed + bad))
    done
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

export DT_STEPS="$PWD/$build/steps" DETENTE="$PWD/$build/detente"
DT_FIRST_PORT=$((20000 + $$ % 40 * 200))
export DT_FIRST_PORT
rm -rf "$DT_STEPS"
mkdir -p "$DT_STEPS"
later counted "desks when things go wrong" 'tests/e2e/desk_watch.sh'
later counted "desks at night" 'tests/e2e/desk_nights.sh'
later counted "desks that close" 'tests/e2e/desk_close.sh'
later counted "desks on other terminals, over ssh" 'tests/e2e/desk_terms.sh'
later counted "blind notices between two nodes" 'tests/e2e/blind.sh'
later counted "a stolen node is replaced, a standby goes on: the guide, typed" 'tests/e2e/stolen.sh'
later counted "a line follows another, and nothing open is lost" 'tests/e2e/successor.sh'
later counted "two officers, reports by voice, tests of people" 'tests/e2e/release.sh'
later counted "JSON is what the schema says" 'tests/e2e/cli_json.py'
later counted "desks in terminals" 'tests/e2e/desk.sh'
later note "layers look down only" 'python3 tools/layers.py'
later note "the reference against itself" 'python3 tests/reference/test_reference.py'
later note "vectors are what it writes" 'python3 tests/reference/make_vectors.py --check'
later note "the session that README.md shows" 'python3 tests/e2e/readme_session.py $DETENTE'
later counted "what the operator guide has you type" 'python3 tests/e2e/guide_session.py $DETENTE'
later counted "install, and use what lies there" "env BUILD=$build tests/e2e/install.sh"
later counted "bad input is refused by name" 'tests/e2e/bad_input.sh'
later counted "exports and pages" 'tests/e2e/papers.py'
later counted "a window that follows outlives its node" 'tests/e2e/follow.sh'
later counted "whom an amendment goes to" 'tests/e2e/amend.sh'
later counted "a watch by commands" 'tests/e2e/watch.sh'
later counted "24 mixes of receipts at a real desk" 'tests/e2e/desk_mixes.sh'
later counted "what is real on an exercise line" 'tests/e2e/no_duff.sh'
later counted "what comes after the first keys at a desk" 'tests/e2e/desk_after.sh'
later counted "a desk older than a line" 'tests/e2e/desk_lines.sh'
later counted "French for every text" 'tests/e2e/french.sh'
later note "documents say what is so" 'python3 tools/check_docs.py --program $DETENTE'
later counted "geometry on other machines" 'tools/geo-foreign.sh'
run_steps

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
