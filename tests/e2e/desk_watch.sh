#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_watch.sh - the real desk when things go wrong: nobody unlocked, the node killed, the line
# suspended, an empty desk on the other side; and both officers through a hand-over.
# usage: DETENTE=build/detente tests/e2e/desk_watch.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise

# A locked desk answers CHECK_FIRE as "watch desk, unnamed"; the officer is added later.
at SUED operator lock >/dev/null
desk SUED
check "a desk opens without an officer" on_screen SUED "DESK LOCKED"
fire=$(at NORD check-fire everywhere --what "our convoy" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a locked desk shows a CHECK FIRE" on_screen SUED "STOP FIRING"
check "and what is being hit" on_screen SUED "our convoy"
check "and says how it will answer" on_screen SUED "watch desk, unnamed"
sleep 2 # keys that come with an alarm do nothing
press SUED F5 2 Enter
check "it answers" until_kinds SUED FIRE_ANSWER 1
check "the caller sees a claim without an officer" until_shown NORD "answered without a valid officer" show "$fire"
check "it waits for an officer's name" on_screen SUED "ANSWERED UNN"
need at SUED operator unlock 1 --passphrase-file officer
check "the desk notices who is unlocked elsewhere" on_screen SUED "officer 1 Watch officer"
sleep 2
press SUED F5
check "and offers to name him" on_screen SUED "stand for that answer"
press SUED 6
check "named, on record" until_kinds SUED NAMED 1
check "the caller sees a signed answer" until_shown NORD "SUED +passed" show "$fire"
verdict "and an acknowledgement by the officer" "$(at NORD show "$fire" | grep -q "ACKNOWLEDGED.*Watch officer"; echo $?)"
off_screen SUED "ANSWERED UNN"
verdict "it waits no longer" $?

# Both officers through a hand-over.
press SUED F7 1; on_screen SUED "Did you hear" >/dev/null; press SUED 1
check "officer 1 is on watch" on_screen SUED "officer 1 Watch officer ON WATCH"
at NORD send --to SUED "first matter" >/dev/null
at NORD send --to SUED --precedence PRIORITY "second matter" >/dev/null
press SUED Escape
check "two matters are open" on_screen SUED "WAITS FOR US: 2"
press SUED F7 2 2 Enter
check "the second officer gives his passphrase" on_screen SUED "Passphrase of officer 2"
press SUED -l "officer on watch"; press SUED Enter
check "the most urgent is put first" on_screen SUED "3 of 3 left"
check "with its words" on_screen SUED "second matter"
press SUED 1
check "then the next" on_screen SUED "first matter"
press SUED 1
check "and the CHECK FIRE that stands, answered as it is" on_screen SUED "CHECK FIRE STANDS: $fire by NORD, .*; all have answered"
press SUED 1
check "all are accepted" on_screen SUED "All is accepted"
press SUED Enter
check "then the alarm is tried for him too" on_screen SUED "Did you hear it"
press SUED 1
check "officer 2 is on watch" on_screen SUED "officer 2 Duty director ON WATCH"
verdict "the hand-over names the three" "$(at SUED log --json --limit 1000 | grep -q '"open_items":3'; echo $?)"
verdict "the first officer's key is locked" "$(at SUED operator list --json | python3 -c 'import json,sys
o=json.load(sys.stdin)["operators"]; sys.exit(o[0]["unlocked"] or not o[1]["unlocked"])'; echo $?)"
press SUED Escape

# The node is killed while the desk runs.
stop SUED KILL
check "a killed node is said" on_screen SUED "OUR NODE DOES NOT ANSWER since"
start SUED
check "and when it is back" on_screen SUED "The node is back"
check "with what waits" on_screen SUED "WAITS FOR US: 2"

# The line is suspended, then CHECK_FIRE.
need at NORD line suspend
check "the suspension holds" until_shown SUED "suspended" line show
check "status says who suspended it" until_shown SUED "LINE SUSPENDED by NORD since" status
press SUED F9 F9 Enter
check "CHECK FIRE goes out on a suspended line, by three keys" on_screen SUED "CHECK FIRE is out"
check "and arrives" until_shown NORD "CHECK_FIRE" inbox
desk NORD
check "and takes the screen there" on_screen NORD "STOP FIRING: everywhere"
sleep 2
press NORD F5 1 Enter
check "answered: the caller sees it" off_screen SUED "NOT ANSWERED"
off_screen NORD '!!!' >/dev/null

# Said to have been a mistake by one officer, lifted by two; and one that says where.
press SUED F8
check "our own that stands is listed" on_screen SUED "1: lift or recall our CHECK FIRE SUED.*; all have answered"
press SUED 1; on_screen SUED "2 it was a mistake" >/dev/null; press SUED 2
check "recalled by keys" on_screen SUED "said to have been a mistake; the check fire stands"
press SUED 1; on_screen SUED "1 lift it" >/dev/null; press SUED 1
on_screen SUED "second officer, number" >/dev/null; press SUED 1 Enter
on_screen SUED "Passphrase of officer 1" >/dev/null; press SUED -l "officer on watch"; press SUED Enter
check "lifted by keys, two officers" on_screen SUED "lifted by two officers"
check "the other side sees who lifted it" until_shown NORD "LIFTED .* by Duty director and Watch officer" inbox --all
verdict "the second key was there for one signature" "$(at SUED operator list --json | python3 -c 'import json,sys
o=json.load(sys.stdin)["operators"]; sys.exit(o[0]["unlocked"] or not o[1]["unlocked"])'; echo $?)"
press SUED Escape; on_screen SUED "WAITS FOR US" >/dev/null; sleep 1
press SUED F9 3; on_screen SUED "LAT,LON,RADIUS" >/dev/null; press SUED -l "35.1,36.2,500m"; press SUED Enter
check "an area is read back" on_screen SUED "CALL CHECK FIRE, IN THE AREA 35.1,36.2,500m"
press SUED Enter
check "it takes the other screen with its place" on_screen NORD "at 35.10000N 36.20000E, 500 m around it"
sleep 2; press NORD F5 1 Enter
off_screen NORD '!!!' >/dev/null

# The other side's desk is empty, and a FLASH is not acknowledged.
press NORD F7; sleep 0.3; press NORD 1; on_screen NORD "Did you hear" >/dev/null; press NORD 1
on_screen NORD "ON WATCH until" >/dev/null; press NORD 4
check "a watch left" on_screen NORD "watch is left"
press NORD F10 Enter
check "a desk ends when it is told twice" on_screen NORD "desk ended"
verdict "with nothing to complain of" "$([ ! -s NORD.desk.err ]; echo $?)"
[ ! -s NORD.desk.err ] || cat NORD.desk.err
check "their desk is empty, in words" on_screen SUED "NOBODY AT DESK since"
press SUED F9 F9 Enter
check "who is silent, and that nobody is there" on_screen SUED "NOT ANSWERED, .*NOBODY AT DESK"
check "after 30 s the telephone and the sentence" on_screen_long SUED "CALL NORD: tel"
check "with the spoken id" on_screen SUED "SAY: This is SUED. Check fire"
check "spelled as everywhere" on_screen SUED "Sierra Uniform Echo Delta"

# Sizes and languages.
desk_wide() { mux resize-window -t SUED -x "$1" -y "$2"; }
desk_wide 132 40
check "a larger window is filled" on_screen SUED "^-- WAITS FOR US: 2 -{100}"
desk_wide 60 20
check "a smaller one says what it needs" on_screen SUED "80 x 24"
mux kill-session -t NORD
DESK_LANGUAGE=fr desk NORD
check "in French" on_screen NORD "notre nœud"
mux kill-session -t NORD
DESK_LOCALE=C DESK_LANGUAGE='' desk NORD
check "a terminal with ASCII alone" on_screen NORD "our node UP"
finish
