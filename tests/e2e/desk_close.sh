#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_close.sh - what becomes of a watch and of a half-typed text when the desk is closed, its
# terminal dies or the last officer is locked.
# usage: DETENTE=build/detente tests/e2e/desk_close.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise --two-officers flash
takes_watch() { # PARTY, at its desk
    press "$1" F7
    on_screen "$1" "1 take the watch" && press "$1" 1 && on_screen "$1" "Did you hear it" && press "$1" 1 &&
        on_screen "$1" "ON WATCH until" && press "$1" Escape && until_shown "$2" "$1.1.*desk attended" status
}
texts() { ls SUED/desk-*.text 2>/dev/null | wc -l; }

desk SUED
on_screen SUED "our node UP" >/dev/null
check "a watch is taken at the desk" takes_watch SUED NORD

# The terminal dies while a text is half typed.
sleep 2; press SUED F3; press SUED F5 F6
press SUED -l "The bridge at 12 is "
check "a text is half typed" on_screen SUED "MESSAGE to NORD, PRIORITY"
until_texts() { local i; for ((i = 0; i < 100; i++)); do [ "$(texts)" = "$1" ] && return 0; sleep 0.1; done; return 1; }
check "it is kept while it is typed" until_texts 1
verdict "for its owner only" "$([ "$(stat -c %a SUED/desk-0.text)" = 600 ]; echo $?)"
press SUED -l "mined"
on_screen SUED "mined_" >/dev/null
mux kill-session -t SUED
check "a terminal that dies ends the watch: the others see nobody there" \
    until_shown NORD "SUED.1.*desk unattended" status
at NORD send --to SUED "is somebody there?" >out.txt
verdict "and a sender is told at once" "$(grep -q "SUED: NOBODY AT DESK since" out.txt; echo $?)"
verdict "the words typed last were kept" "$(grep -q "The bridge at 12 is mined" SUED/desk-0.text; echo $?)"
desk SUED
check "the next desk offers the text" on_screen SUED "half typed here is kept: F3"
sleep 1; press SUED F3
check "with its words, addressee and precedence" on_screen SUED "MESSAGE to NORD, PRIORITY"
check "to the last letter" on_screen SUED "The bridge at 12 is mined_"
check "a watch that ended is said" on_screen SUED "NOT ON WATCH"

# Two desks of one home: only the last one ends the watch.
press SUED Escape
check "the watch is taken again" takes_watch SUED NORD
mux new-session -d -s OTHER -x 80 -y 24 \
    "env TERM=screen LC_ALL=C.UTF-8 LANGUAGE=en XDG_RUNTIME_DIR='$XDG_RUNTIME_DIR' '$program' desk --home '$work/SUED'; sleep 100"
check "a second desk of the same home" on_screen OTHER "ON WATCH until"
verdict "does not take the first one's text" "$(screen OTHER | grep -q "half" && echo 1 || echo 0)"
mux kill-session -t OTHER
sleep 3
verdict "its terminal dies: the first desk is still attended" "$(at NORD status | grep -q "SUED.1.*desk attended"; echo $?)"

# Wiped, or sent: then nothing is left.
sleep 1; press SUED F3; press SUED F4
check "a text is wiped only when that is confirmed" on_screen SUED "Wipe the half-typed text"
press SUED Enter
check "wiped: nothing is left in the home" until_texts 0
press SUED -l "A second text"
check "another is kept" until_texts 1
press SUED F2; on_screen SUED "Can be read by" >/dev/null; press SUED Enter
check "sent: nothing is left in the home" until_texts 0

# Closed by a key.
press SUED F10
check "closing asks what becomes of the watch" on_screen SUED "1 or Enter: the watch ends too"
press SUED 2
check "somebody stays elsewhere: the desk ends" on_screen SUED "desk ended"
sleep 2
verdict "and the watch goes on" "$(at NORD status | grep -q "SUED.1.*desk attended"; echo $?)"
mux kill-session -t SUED
desk SUED
check "opened again, still on watch" on_screen SUED "ON WATCH until"
press SUED F10; on_screen SUED "1 or Enter" >/dev/null; press SUED Enter
check "nobody stays: the desk ends" on_screen SUED "desk ended"
check "and the others see nobody there" until_shown NORD "SUED.1.*desk unattended" status
mux kill-session -t SUED

# The last officer is locked.
desk SUED
on_screen SUED "our node UP" >/dev/null
check "a third watch" takes_watch SUED NORD
need at SUED operator unlock 2 --passphrase-file officer
need at SUED operator lock 2
verdict "one of two officers locked: the watch goes on" "$(at SUED status --json | grep -q '"desk":"attended"'; echo $?)"
press SUED F7; on_screen SUED "6 lock all" >/dev/null; press SUED 6
on_screen SUED "Lock all officers" >/dev/null; press SUED 1
check "locked at the desk" on_screen SUED "DESK LOCKED"
check "the watch ended with it" until_shown NORD "SUED.1.*desk unattended" status
need at SUED operator unlock 1 --passphrase-file officer
need at SUED watch take
check "taken by a command" until_shown NORD "SUED.1.*desk attended" status
at SUED operator lock --stay >out.txt
sleep 2
verdict "locked, and somebody stays: attended" "$(at NORD status | grep -q "SUED.1.*desk attended"; echo $?)"
need at SUED watch leave
check "the watch is left without an officer" until_shown NORD "SUED.1.*desk unattended" status
need at SUED operator unlock 1 --passphrase-file officer
need at SUED watch take
until_shown NORD "SUED.1.*desk attended" status
at SUED operator lock >out.txt
verdict "locking the last officer says that the watch is left" "$(grep -q "The watch is left" out.txt; echo $?)"
check "and the others see nobody there" until_shown NORD "SUED.1.*desk unattended" status
mux kill-session -t SUED

# The charter asks two officers for a FLASH: written, held and released at the desk.
need at SUED operator unlock 1 --passphrase-file officer
desk SUED
check "the desk opens" on_screen SUED "officer 1 Watch officer"
listen SUED
sleep 1; press SUED F3 F6 F6 F6; press SUED -l "Two sign this"
check "a FLASH is typed" on_screen SUED "MESSAGE to ALL, FLASH"
press SUED F2; on_screen SUED "Can be read by" >/dev/null; press SUED Enter
check "one has signed: it is not sent" on_screen SUED "NOT SENT: draft [a-z2-7]+ waits for a second officer"
check "and stands on the main page" on_screen SUED "NOT SENT: drafts that wait for a second officer: 1"
verdict "nothing was sent" "$([ "$(kinds SUED MESSAGE)" = 1 ]; echo $?)"
press SUED F8; on_screen SUED "1: read, release draft .* of officer 1: FLASH MESSAGE" >/dev/null; press SUED 1
check "it is read back" on_screen SUED "Two sign this"
check "with who will be able to read it" on_screen SUED "WHO WILL BE ABLE TO READ IT: NORD SUED"
press SUED 1; on_screen SUED "RELEASE .*: second officer" >/dev/null; press SUED 1 Enter
check "the first officer does not release it himself" on_screen SUED "NEEDS_SECOND"
press SUED 1; on_screen SUED "RELEASE .*: second officer" >/dev/null; press SUED 2 Enter
on_screen SUED "Passphrase of officer 2" >/dev/null; press SUED -l "officer on watch"; press SUED Enter
check "the second one does" on_screen SUED "released by two officers; the draft is wiped"
check "and it has arrived" until_shown NORD "FLASH .*MESSAGE" inbox
check "no draft is left" off_screen SUED "drafts that wait"
at SUED send --precedence FLASH "Held elsewhere" >/dev/null
check "one that was held at a command line sounds" until_bells SUED 1
press SUED F8; on_screen SUED "1: read, release" >/dev/null; press SUED 1; on_screen SUED "Held elsewhere" >/dev/null
press SUED 2; on_screen SUED "Wipe draft" >/dev/null; press SUED Enter
check "and is wiped by keys" on_screen SUED "is wiped; it was not sent"
verdict "nothing lies in drafts" "$([ -z "$(ls SUED/drafts)" ]; echo $?)"
finish
