#!/bin/bash
# SPDX-License-Identifier: ISC
# desk.sh - the real desk in a terminal: alarms, answers, hand-over, what counts as shown.
# usage: DETENTE=build/detente tests/e2e/desk.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
"$program" desk --home "$work/none" </dev/null >out.txt 2>&1
verdict "a desk without a terminal is refused" "$([ $? = 2 ]; echo $?)"
exercise

# Nobody presses a key: it alarms and is not shown.
desk SUED
check "the desk opens" on_screen SUED "our node UP"
check "three lights in words" on_screen SUED "NORD +node UP.*link (GREEN|UNKNOWN).*desk UNKNOWN"
listen SUED
sleep 1
verdict "a quiet desk is silent" "$([ "$(bells SUED)" = 0 ]; echo $?)"
flash=$(at NORD send --to SUED --precedence FLASH "Stop at the ford" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a FLASH takes the screen" on_screen SUED "FLASH.*!!!"
check "with its words" on_screen SUED "Stop at the ford"
check "it sounds, and again" until_bells SUED 2
verdict "not shown: no key was pressed" "$([ "$(kinds SUED SHOWN)" = 0 ]; echo $?)"
press SUED x
check "shown: it is on the screen and a key was pressed" until_kinds SUED SHOWN 1
sleep 2
verdict "once" "$([ "$(kinds SUED SHOWN)" = 1 ]; echo $?)"
press SUED F2 Enter
check "two keys acknowledge it" on_screen SUED "acknowledged: this exact version"
check "and the screen is back" off_screen SUED "!!!"
check "the sender sees both stages" until_shown NORD "shown.*ACKNOWLEDGED" show "$flash"

# A FLASH longer than the screen: read to its end before it can be acknowledged. Its subject.
lines() { local i; for i in $(seq 1 40); do echo "step $i of the evacuation"; done; }
long=$(at NORD send --to SUED --precedence FLASH --subject warning "$(lines)" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a long FLASH takes the screen" on_screen SUED "step 1 of the evacuation"
check "with its subject" on_screen SUED "SUBJECT: warning"
sleep 2; press SUED F2
check "it is not acknowledged unread" on_screen SUED "Not all of it was on this screen yet"
verdict "nor shown" "$([ "$(kinds SUED SHOWN)" = 1 ]; echo $?)"
press SUED NPage NPage NPage NPage NPage NPage NPage
sleep 0.5
for _ in 1 2 3 4 5 6 7; do press SUED NPage; sleep 0.4; done
check "read to its end" on_screen SUED "step 40 of the evacuation"
check "then it is shown" until_kinds SUED SHOWN 2
press SUED F2; on_screen SUED "Acknowledge $long" >/dev/null; press SUED Enter
check "and acknowledged" until_kinds SUED ACK 2
verdict "inbox and show say the subject" \
    "$(at SUED inbox --all | grep -q "MESSAGE  subject: warning" && at NORD show "$long" | grep -q "subject: warning"; echo $?)"

# The watch: taken, the alarm played and heard.
press SUED F7
check "the watch's page" on_screen SUED "1 take the watch"
press SUED 1
check "at the start the alarm is played, and asks" on_screen SUED "Did you hear it"
press SUED 1
check "heard, on record" on_screen SUED "alarm was heard"
check "on watch" on_screen SUED "ON WATCH until"
check "the others see an attended desk" until_shown NORD "SUED.1.*attended" status
press SUED Escape

# An alarm arrives while a text is half typed.
sleep 2; press SUED F3; press SUED -l "Half a sentence"
check "a text is being typed" on_screen SUED "Half a sentence_"
at NORD check-fire everywhere --what "our convoy" --own-people >/dev/null
check "a CHECK FIRE takes the screen from it" on_screen SUED "STOP FIRING: everywhere"
check "and says that the text is kept" on_screen SUED "half-typed text is kept"
press SUED -l "11"; press SUED Enter
sleep 1
verdict "keys meant for the text answer nothing" "$([ "$(kinds SUED FIRE_ANSWER)" = 0 ]; echo $?)"
sleep 1 # keys that come with an alarm do nothing
press SUED F5 1 Enter
check "three keys answer it" until_kinds SUED FIRE_ANSWER 1
check "the text is there again" on_screen SUED "Half a sentence_"
check "the caller sees who stopped" until_shown NORD "SUED +stopped" inbox --all
press SUED F5 F6 F2
check "who can read it is said before it goes" on_screen SUED "Can be read by: NORD SUED"
press SUED Enter
check "sent with its precedence" until_shown NORD "PRIORITY.*MESSAGE" inbox

# The named addressee is absent: another officer answers.
press SUED F7 6
check "locking asks whether somebody stays" on_screen SUED "2 no, somebody stays at this desk"
press SUED 2
check "the desk is locked" on_screen SUED "DESK LOCKED"
verdict "and its watch goes on" "$(at NORD status | grep -q "SUED.1.*attended"; echo $?)"
at NORD send --to SUED --precedence FLASH "A sealed matter" >/dev/null
check "a locked desk shows that a FLASH came" on_screen SUED "Its text is sealed"
shown=$(kinds SUED SHOWN)
press SUED x; sleep 2
verdict "and what is sealed is not shown" "$([ "$(kinds SUED SHOWN)" = "$shown" ]; echo $?)"
press SUED Escape; press SUED F7; sleep 0.2
screen SUED | grep -q "1 take the watch" || press SUED F7
press SUED 5 2 Enter
check "the passphrase is asked for" on_screen SUED "Passphrase of officer 2"
press SUED -l "officer on watch"
check "and not echoed" on_screen SUED '\*\*\*\*\*\*'
press SUED Enter
check "the other officer is unlocked" on_screen SUED "officer 2 Duty director"
press SUED Escape
check "put aside, the FLASH comes back, opened now" on_screen_long SUED "A sealed matter"
sleep 2
press SUED F2 Enter
check "and acknowledges in place of the first" until_kinds SUED ACK 3
sealed=$(at SUED log --json --limit 1000 | python3 -c 'import json,sys
print([i["officer"] for i in json.load(sys.stdin)["items"] if i["kind"] == "ACK"][-1])')
verdict "signed by the other officer: $sealed" "$(grep -q "Duty director" <<<"$sealed"; echo $?)"
finish
