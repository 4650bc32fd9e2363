#!/bin/bash
# SPDX-License-Identifier: ISC
# watch.sh - a watch by commands: taken, heard, handed over with every open item accepted by
# name, left; an answer of a locked desk that an officer stands for later; a sender to an
# empty desk is told at once.
# usage: DETENTE=build/detente tests/e2e/watch.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
home NORD "Nordic Command"
home SUED "Southern Federation"
need at NORD operator add "Duty director" --passphrase-file root-officer
start NORD
start SUED
need at NORD pair SUED.card
need at SUED pair NORD.card
need at NORD line create --title "River line" --test-period 5 --member SUED.card -o river.charter --passphrase-file root
need at SUED line accept river.charter --card NORD.card --passphrase-file root
until_shown NORD "log of SUED" status || bad "the line comes up"
until_shown SUED "log of NORD" status || bad "the line comes up"

# field PARTY KEY COMMAND...: a field of the JSON that the command prints
field() {
    local who=$1 key=$2; shift 2
    at "$who" "$@" --json | python3 -c 'import json,sys
v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v=v[int(k) if k.isdigit() else k]
print(v)' "$key"
}

# Waits, at most two minutes, until the link to SUED is of that colour.
check_link() {
    local i
    for ((i = 0; i < 600; i++)); do
        [ "$(field NORD peers.0.link status)" = "$1" ] && return 0
        sleep 0.2
    done
    bad "the link never gets $1"
}
at NORD send --to SUED "to a desk of which nothing is known" >out.txt
verdict "a sender is told that a desk is unknown" "$(grep -q '^  SUED: desk UNKNOWN$' out.txt; echo $?)"
verdict "nobody is said to be at a desk before a human act" \
    "$([ "$(field SUED desk status)" = unknown ]; echo $?)"
need at SUED watch take --desk "Ops room"
verdict "a watch taken: our own desk is attended" "$([ "$(field SUED desk status)" = attended ]; echo $?)"
verdict "and the others see it" "$(until_shown NORD "SUED.1.*attended" status; echo $?)"
need at SUED watch not-heard
until_shown NORD "alarm-not-heard" log --json
verdict "an alarm that was not heard is on record at both" $?
check_link green
at NORD send --to SUED "to somebody" >out.txt
verdict "nothing is said of an attended desk behind a green link" "$(grep -q "written to our log" out.txt && ! grep -qE "NOBODY|UNKNOWN|LINK" out.txt; echo $?)"
need at SUED watch leave
until_shown NORD "desk unattended" status
verdict "a watch left: the others see nobody" $?
at NORD send --to SUED "to nobody" >out.txt
verdict "the sender to an empty desk is told at once" "$(grep -qE 'SUED: NOBODY AT DESK since 20.*Z' out.txt; echo $?)"
at NORD check-fire everywhere >out.txt
verdict "and the caller of a check-fire" "$(grep -q 'SUED: NOBODY AT DESK since' out.txt; echo $?)"
fire=$(sed -n 's/ .*//p' out.txt | head -1)

until_shown SUED "CHECK_FIRE" inbox
at SUED operator lock >/dev/null
at SUED answer "$fire" passed 2>/dev/null
verdict "a command does not answer without an officer" "$([ $? = 8 ]; echo $?)"
need at SUED operator unlock 1 --passphrase-file officer
need at SUED answer "$fire" stopped
verdict "an officer's answer ends the wait" "$([ -z "$(at SUED inbox | grep CHECK_FIRE)" ]; echo $?)"

# hand-over
need at NORD operator unlock 2 --passphrase-file officer
need at NORD watch take --as 1
need at SUED send --to NORD "first"
until_shown NORD "MESSAGE" inbox
open=$(field NORD items.0.id inbox)
at NORD watch hand-over --as 1 --second 2 2>err.txt
verdict "an open item that is not accepted stops the hand-over" "$(grep -q "BAD_STATE.*$open" err.txt; echo $?)"
verdict "so does a CHECK FIRE that stands, said in the same try" "$(grep -q "BAD_STATE.*CHECK FIRE $fire stands" err.txt; echo $?)"
at NORD watch hand-over --as 1 --second 2 --json >out.json 2>/dev/null
verdict "a program is told of both in one error" "$(python3 -c 'import json,sys
e=json.load(open("out.json")); sys.exit(e["error"] != "BAD_STATE" or not all("--accept " + i in e["detail"] for i in sys.argv[1:]))' "$open" "$fire"; echo $?)"
owed=$(at NORD send --to SUED --precedence PRIORITY "nobody answers this" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
at NORD watch hand-over --as 1 --second 2 --accept "$open" --accept "$fire" 2>err.txt
verdict "and what of ours nobody has answered, that alone" "$(grep -q "BAD_STATE.*$owed of ours is not answered" err.txt && [ "$(grep -c BAD_STATE err.txt)" = 1 ]; echo $?)"
at NORD watch hand-over --as 1 --second 1 --accept "$open" --accept "$fire" --accept "$owed" 2>err.txt
verdict "nobody takes over from himself" "$(grep -q NEEDS_SECOND err.txt; echo $?)"
at NORD watch hand-over --as 1 --second 2 --accept "$open" --accept "$fire" --accept "$owed" >out.txt
verdict "handed over with the three" "$(grep -q '3 open items' out.txt; echo $?)"
verdict "the second officer is on watch" "$([ "$(field NORD desk_officer status)" = 2 ]; echo $?)"
until_shown SUED '"watch":"handed-over".*"open_items":3|"open_items":3.*"watch":"handed-over"' log --json
verdict "the hand-over names them, and the others hold it" $?

# what is stored where nobody answers, and what is not: the other node ends
until_shown NORD "NOT ACKNOWLEDGED by SUED, stored by 20.*Z at the latest" unanswered
verdict "what is unanswered says that their node has it" $?
at NORD unanswered --json | python3 -c 'import json,sys
rows=[s for u in json.load(sys.stdin)["unanswered"] if u["id"] == sys.argv[1] for s in u["silent"]]
sys.exit(not (len(rows) == 1 and rows[0]["code"] == "SUED" and rows[0]["stored"] > 10**12))' "$owed"
verdict "for programs too" $?
stop SUED KILL
late=$(at NORD send --to SUED --precedence PRIORITY "to a node that is down" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
verdict "what their node cannot have is NOT STORED" "$(at NORD unanswered | grep -A1 "^$late" | grep -q "NOT ACKNOWLEDGED by SUED, NOT STORED, shown to nobody"; echo $?)"
at NORD unanswered --json | python3 -c 'import json,sys
rows=[s for u in json.load(sys.stdin)["unanswered"] if u["id"] == sys.argv[1] for s in u["silent"]]
sys.exit([r["stored"] for r in rows] != [None])' "$late"
verdict "for programs too: null" $?

# our node starts again with nobody there: nothing was heard, which is said
stop NORD
start NORD
at NORD send --to SUED "into the dark" >out.txt
verdict "the sender is told that nothing was heard of them" "$(grep -q 'SUED: LINK [A-Z]*.* not heard since our node started' out.txt; echo $?)"
at NORD check-fire everywhere --as 1 >out.txt
verdict "and the caller of a check-fire" "$(grep -q 'SUED: LINK [A-Z]*.* not heard since our node started' out.txt; echo $?)"
check_link red
at NORD send --to SUED "while it is red" >out.txt
verdict "a red link is said, and since when" "$(grep -qE 'SUED: LINK RED since 20.*Z, not heard since' out.txt; echo $?)"
finish
