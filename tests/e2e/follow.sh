#!/bin/bash
# SPDX-License-Identifier: ISC
# follow.sh - a window that follows outlives its node: it says so, waits, and goes on without
# losing or repeating anything.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
following=
at_leave() { [ -z "$following" ] || kill "$following" 2>/dev/null; }

home NORD "Republic of Norden"
home SUED "Southern Federation"
start NORD
start SUED
need at NORD pair SUED.card
need at SUED pair NORD.card
need at NORD line create --title "Exercise River" --class exercise --member SUED.card \
    --passphrase-file root -o river.charter
need at SUED line accept river.charter --yes --passphrase-file root
need until_shown SUED "log of NORD.1: [2-9]" status
need until_shown NORD "log of SUED.1: [2-9]" status
"$program" inbox --follow --json --home "$work/SUED" >events.txt 2>notes.txt &
following=$!
need at NORD send --to SUED "before the node went" --wait # the window may be listing: it must have it all the same
seen() { grep -o "\"text\":\"$1\"" events.txt | wc -l; }
until_seen() { for _ in $(seq 300); do [ "$(seen "$1")" -ge 1 ] && return; sleep 0.1; done; return 1; }
until_seen "before the node went"
verdict "an event comes" $?
stop SUED KILL
for _ in $(seq 100); do grep -q 'is gone since' notes.txt && break; sleep 0.1; done
verdict "the window says that the node is gone, and since when" \
    "$(grep -qE 'is gone since 20[0-9-]+ [0-9:]+Z; waiting' notes.txt; echo $?)"
need at NORD send --to SUED "while it was gone"
kill -STOP "$following" # it comes back late, and has to ask for what it missed
start SUED
need until_shown SUED "while it was gone" inbox
kill -CONT "$following"
until_seen "while it was gone"
verdict "what came with the node's return is shown" $?
need at NORD send --to SUED "after it came back" --wait
until_seen "after it came back"
verdict "and what comes after it" $?
verdict "nothing twice" "$([ "$(seen 'before the node went')$(seen 'while it was gone')$(seen 'after it came back')" = 111 ]; echo $?)"
kill -0 "$following" 2>/dev/null
verdict "the window is the same one" $?
finish
