#!/bin/bash
# SPDX-License-Identifier: ISC
# no_duff.sh - what is real on an exercise line breaks through it, marked so everywhere.
# usage: DETENTE=build/detente tests/e2e/no_duff.sh       (desks: SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
check() { local what=$1; shift; "$@" >check.log 2>&1; local code=$?; verdict "$what" $code; [ $code = 0 ] || cat check.log; }
class_of() { # PARTY KIND: class and mark of its records of that kind
    at "$1" log --json --limit 1000 | python3 -c 'import json,sys
print(*sorted({(i["class"], i.get("no_duff", False)) for i in json.load(sys.stdin)["items"] if i["kind"] == sys.argv[1]}))' "$2"
}
exercise --class exercise
played=$(at NORD send --to SUED --precedence FLASH "Played casualty" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
at NORD send --to SUED --precedence FLASH --no-duff "Real casualty at the ford" >sent
check "the readback says that it is real" grep -q "^MESSAGE  FLASH  NO DUFF: this is real" sent
real=$(sed -n 's/^\(NORD[^ ]*\) .*/\1/p' sent)
check "it comes" until_shown SUED "^$real .* NO DUFF +MESSAGE" inbox
check "what is played is marked as such beside it" until_shown SUED "^$played .* EXERCISE +MESSAGE" inbox
desk SUED
check "of two alarms the real one has the desk's screen" on_screen SUED "NO DUFF NO DUFF NO DUFF"
check "with its words" on_screen SUED "Real casualty at the ford"
verdict "a message about nothing in particular says no subject" "$(screen SUED | grep -q SUBJECT; [ $? = 1 ]; echo $?)"
at NORD send --to SUED --no-duff "Real, and of no hurry" >sent
calm=$(sed -n 's/^\(NORD[^ ]*\) .*/\1/p' sent)
check "a real one of no hurry comes" until_shown SUED "^$calm .* NO DUFF +MESSAGE" inbox
order() { at SUED inbox --json "$@" | python3 -c 'import json,sys
print(*(i["id"] for i in json.load(sys.stdin)["items"]))'; }
verdict "what is real stands before what is played, each by its precedence" "$([ "$(order)" = "$real $calm $played" ]; echo $?)"
verdict "and a short list keeps it" "$([ "$(order --limit 2)" = "$real $calm" ]; echo $?)"
need at SUED ack "$calm"
need at SUED ack "$real"
need at SUED ack "$played"
verdict "an acknowledgement is what it acknowledges" "$([ "$(class_of SUED ACK)" = "('EXERCISE', False) ('OPERATION', True)" ]; echo $?)"
need at NORD check-fire everywhere --no-duff --what "our people are under fire"
check "a real CHECK FIRE" on_screen SUED "NO DUFF NO DUFF NO DUFF"
check "stands as such" until_shown SUED "NO DUFF: CHECK FIRE NORD" status
sleep 2; press SUED F5 1 Enter
check "answered at the desk" until_kinds SUED FIRE_ANSWER 1
verdict "and the answer is no exercise either" "$([ "$(class_of SUED FIRE_ANSWER)" = "('OPERATION', True)" ]; echo $?)"
press SUED F9 6
check "the desk can say it too" on_screen SUED "CALL NO DUFF CHECK FIRE, EVERYWHERE"
press SUED Enter
check "it is out" until_kinds SUED CHECK_FIRE 1
verdict "and no exercise" "$([ "$(class_of SUED CHECK_FIRE)" = "('OPERATION', True)" ]; echo $?)"
at NORD send --class operation "a slip of the hand" >out.txt 2>&1
verdict "--class operation is refused there, and says how" "$([ $? = 2 ] && grep -q -- --no-duff out.txt; echo $?)"
echo '{"type":"Feature","geometry":{"type":"Point","coordinates":[37,36]},"properties":{"category":"STATIC","request":"PASSAGE","title":"x","start":"DAYT00:00Z","end":"DAYT12:00Z","radius_m":50}}' |
    sed "s/DAY/$(date -u -d '+1 day' +%Y-%m-%d)/g" >x.geojson
at NORD notice add x.geojson --yes --class operation >out.txt 2>&1
verdict "a notice is never real there" "$([ $? = 2 ]; echo $?)"
finish
