#!/bin/sh
# SPDX-License-Identifier: ISC
# check_step.sh LINE - one of the steps that check.sh runs side by side. LINE is NUMBER, KIND, WHAT and COMMAND,
# with tabs between. KIND `note` counts as one; of `counted` the last line is `N passed, N failed` and counts so.
# Prints one line when it is over, and what the command said only if it failed; leaves its counts in the folder
# DT_STEPS as NUMBER.counts. Each step has ports of its own (DT_TEST_PORTS, the first of 200).
set -u
IFS='	' read -r number kind what command <<LINE
$1
LINE
log=$DT_STEPS/$number.log
code=0
DT_TEST_PORTS=$((DT_FIRST_PORT + 200 * number)) sh -c "$command" >"$log" 2>&1 </dev/null || code=$?
if [ "$kind" = note ]; then
    good=$((code == 0)) bad=$((code != 0))
else
    line=$(tail -n 1 "$log")
    good=$(echo "$line" | sed -n 's/^\([0-9][0-9]*\) passed, [0-9][0-9]* failed$/\1/p')
    bad=$(echo "$line" | sed -n 's/^[0-9][0-9]* passed, \([0-9][0-9]*\) failed$/\1/p')
    if [ "$code" != 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi # it did not come to its end
    if [ -z "$good" ]; then good=0 bad=1; fi
fi
echo "$good $bad" >"$DT_STEPS/$number.counts"
if [ "$bad" = 0 ]; then
    said=$(grep '^SKIP' "$log")
    printf 'check: %-64s ok, %s\n' "$what" "$good${said:+
}$said"
else
    printf 'check: %-64s FAILED\n%s\n' "$what" "$(grep -v '^PASS' "$log")"
fi
