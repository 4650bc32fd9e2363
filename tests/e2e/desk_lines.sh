#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_lines.sh - a desk that was open before a line was accepted acts on that line: it answers
# a CHECK FIRE, acknowledges, and calls one itself.
# usage: DETENTE=build/detente tests/e2e/desk_lines.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise

desk SUED
check "a desk opens with one line" on_screen SUED "officer 1 Watch officer"
at NORD send --to SUED "on the first line" >/dev/null
check "it shows what comes" on_screen SUED "WAITS FOR US: 1"
press SUED F2 Enter
check "and has asked for its lines: it acknowledges there" until_kinds SUED ACK 1
tags() { at NORD status --json | python3 -c 'import json,sys
print("\n".join(sorted({l["line"] for l in json.load(sys.stdin)["logs"]})))'; }
tags >before
need at NORD line create --title "Bridge line" --member SUED.card -o bridge.charter --passphrase-file root
need at SUED line accept bridge.charter --card NORD.card --passphrase-file root
tag=$(tags | comm -13 before -)
check "the second line is up" until_shown NORD "log of SUED" status --line "$tag"

fire=$(at NORD check-fire everywhere --line "$tag" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a CHECK FIRE on the new line takes the screen" on_screen SUED "STOP FIRING"
sleep 2 # keys that come with an alarm do nothing
press SUED F5 2 Enter
check "its answer goes out on that line" until_shown NORD "SUED +passed" show "$fire" --line "$tag"
screen SUED >screen.txt
verdict "and nothing is refused" "$(grep -q UNKNOWN_LINE screen.txt && echo 1 || echo 0)"
finish
