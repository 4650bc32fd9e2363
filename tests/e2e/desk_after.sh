#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_after.sh - at the real desk, what comes after the first keys: a CHECK FIRE that was only
# acknowledged is still answered; what is hit, a subject; our own records; a conflict that was seen.
# usage: DETENTE=build/detente tests/e2e/desk_after.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise

desk SUED
check "a desk opens" on_screen SUED "our node UP"

# A test of people: the key that is offered is the echo that is asked for.
ask=$(at NORD test send --to SUED --as 1 | grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}')
check "a test of people waits" on_screen SUED ">1 IMMEDIATE +TEST +$ask .*is a person there"
press SUED F2; check "F2 asks the right question" on_screen SUED "$ask: somebody asks whether a person is here"
press SUED Enter
check "the answer is an echo" until_kinds SUED TEST 1
verdict "and no acknowledgement" "$([ "$(kinds SUED ACK)" = 0 ]; echo $?)"
check "the asker sees their people green" until_shown NORD "their people: green" status
check "and it waits no longer" on_screen SUED "WAITS FOR US: 0"

# Acknowledged and not answered.
fire=$(at NORD check-fire everywhere --what "our convoy" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a CHECK FIRE takes the screen" on_screen SUED "STOP FIRING"
sleep 2 # keys that come with an alarm do nothing
press SUED F2; on_screen SUED "Acknowledge $fire" >/dev/null; press SUED Enter
check "it is acknowledged" until_kinds SUED ACK 1
check "it leaves the screen, and stays in what waits" on_screen SUED ">1 FLASH +CHECK FIRE +$fire .*NOT ANSWERED, F5"
verdict "and says that it stands" "$(screen SUED | grep -q "CHECK FIRE STANDS: $fire"; echo $?)"
press SUED F5 1 Enter
check "three keys answer it" until_kinds SUED FIRE_ANSWER 1
check "the caller sees who stopped" until_shown NORD "SUED +stopped" show "$fire"
check "then it waits no longer" on_screen SUED "WAITS FOR US: 0"

# What is hit, and who is there: beside the three keys.
press SUED F9 4; on_screen SUED "what is being hit" >/dev/null
press SUED -l "the clinic at the ford"; press SUED Enter 5
check "what is said stands there before it goes" on_screen SUED "OUR OWN PEOPLE THERE  the clinic at the ford"
press SUED Enter
check "it goes out" until_kinds SUED CHECK_FIRE 1
own=$(at SUED log --json --limit 1000 | python3 -c 'import json,sys
print(*[i["id"] for i in json.load(sys.stdin)["items"] if i["kind"] == "CHECK_FIRE" and i["from"] == "SUED"])')
check "the other side reads it" until_shown NORD "the clinic at the ford" show "$own"
verdict "with own people" "$(at NORD show "$own" --json | grep -q '"own_people":true'; echo $?)"

# A subject.
sleep 2; press SUED F3 F7 F7; press SUED -l "mines on the east bank"
check "a subject is chosen while writing" on_screen SUED "MESSAGE to ALL, ROUTINE, warning"
press SUED F2
check "who sees it is said" on_screen SUED "Its subject, warning, is seen by the whole line"
press SUED Enter
check "and it goes with the message" until_shown NORD "MESSAGE +subject: warning" inbox
warning=$(at NORD inbox --json | python3 -c 'import json,sys
print(*[i["id"] for i in json.load(sys.stdin)["items"] if i["kind"] == "MESSAGE"])')

# What is ours: acknowledged by signature, and by voice.
need at NORD ack "$warning"
need at NORD answer "$own" stopped
at SUED send --to NORD "an older matter" >sent
older=$(sed -n 's/^\(SUED[^ ]*\) .*/\1/p' sent)
need at SUED ack "$older" --by-voice "duty officer" --heard-by 1
press SUED Escape; on_screen SUED "WAITS FOR US" >/dev/null; sleep 4 # it has asked for everything
press SUED F4
check "the newest of ours are listed" on_screen SUED "OURS, THE NEWEST"
check "what was reported says so" on_screen SUED "$older .*NORD by our report, voice"
check "what was signed is told apart from it" on_screen SUED "$warning .*NORD acknowledged"
press SUED 1 Enter
check "and is read, with its label" on_screen SUED "reported by SUED, not signed by NORD"
press SUED F4 2 F4
check "so is the other" on_screen SUED "$warning +20"
press SUED Escape

# A conflict is seen at the desk.
post() { # PARTY
    python3 - >"$1.geojson" <<'P'
import datetime, json
day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
print(json.dumps({"type": "Feature", "geometry": {"type": "Point", "coordinates": [37, 36.2]},
    "properties": {"category": "STATIC", "request": "AVOID_WINDOW", "title": "Post", "radius_m": 200,
                   "start": f"{day}T00:00:00Z", "end": f"{day}T12:00:00Z"}}))
P
    need at "$1" notice add "$1.geojson" --yes
}
post NORD; post SUED
need until_shown SUED "raised" conflicts
check "a conflict is on the desk" on_screen SUED "CONFLICTS: 1"
press SUED F8
check "with its digit" on_screen SUED " [1-9]: .*NORD.1-.* / SUED.1-"
digit=$(screen SUED | sed -nE 's/^ ([1-9]): .*NORD.1-.* \/ SUED.1-.*/\1/p')
press SUED "$digit"
check "it asks" on_screen SUED "an officer of ours has looked at it"
press SUED Enter
check "said, on record" until_kinds SUED CONFLICT 1
check "and the list says so" on_screen SUED "SUED.1-.*seen"
verdict "its sound ends" "$(at SUED conflicts --json | python3 -c 'import json,sys
print(*{i["sound"] for i in json.load(sys.stdin)["items"]})' | grep -qx none; echo $?)"
finish
