#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_nights.sh - what goes wrong at three in the morning, at real desks of real nodes: the alarm
# program is broken; both officers sleep through the hand-over; a clock is 20 minutes wrong.
# usage: DETENTE=build/detente tests/e2e/desk_nights.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise --deadlines 10s,15min,2h,12h --attempts 100,150,200,250,300,350

# The alarm program is broken: the desk says so and sounds by itself; mended, it is said no more.
stop SUED
printf '#!/bin/sh\nexit 3\n' >alarm
chmod +x alarm
start SUED --alarm-exec "$work/alarm"
desk SUED
check "the desk opens" on_screen SUED "our node UP"
listen SUED
at NORD send --to SUED --precedence FLASH "The alarm is broken" >/dev/null
check "an alarm program that fails is said on the desk" on_screen SUED "ALARM PROGRAM FAILS since .*: only this screen sounds"
check "and the desk sounds" until_bells SUED 2
printf '#!/bin/sh\necho "$@" >>%s/sounded\n' "$work" >alarm
check "mended, it sounds" off_screen SUED "ALARM PROGRAM FAILS"
verdict "with the id and the precedence" "$(grep -q "^NORD.1-.* FLASH MESSAGE NORD" sounded; echo $?)"
press SUED F2; on_screen SUED "Acknowledge NORD" >/dev/null; press SUED Enter
check "acknowledged" until_kinds SUED ACK 1
off_screen SUED '!!!' >/dev/null

# Both officers sleep: the watch ends and nobody takes the next.
need at SUED watch take --until "$(date -u -d '+25 sec' +%FT%TZ)"
check "the watch nears its end: the desk says so" on_screen SUED "THE WATCH ENDS in .*: hand it over"
check "the others see it attended" until_shown NORD "SUED.1.*desk attended" status
need at SUED operator lock --stay
check "over, and nobody has taken it" on_screen_long SUED "THE WATCH ENDED .* ago and nobody has taken it"
before=$(bells SUED)
check "it rings for them" until_bells SUED $((before + 1))
check "the others see that nobody is there" until_shown NORD "SUED.1.*desk unattended" status
desk NORD
check "at the sender's desk, in words" on_screen NORD "NOBODY AT DESK since"
at NORD send --to SUED --precedence FLASH "Wake up" >sent.txt
flash=$(sed -n 's/^\(NORD[^ ]*\) .*/\1/p' sent.txt)
verdict "and at once when he sends" "$(grep -q "SUED: NOBODY AT DESK since" sent.txt; echo $?)"
check "their desk sounds and shows that it came" on_screen SUED "FLASH.*!!!"
check "what is sealed stays so while they sleep" on_screen SUED "Its text is sealed"
check "the sender's desk counts it overdue" on_screen NORD "$flash .*OVERDUE .*SUED: NOT ACKNOWLEDGED"
check "and says whom to call" on_screen_long NORD "CALL SUED: tel"
attempts() { at NORD log --limit 1000 --json | grep -o '"attempt":"[a-z-]*"' | sort -u | wc -l; }
until_attempts() { local i; for ((i = 0; i < 300; i++)); do [ "$(attempts)" -ge "$1" ] && return 0; sleep 0.1; done; return 1; }
check "what was tried is on record, step by step" until_attempts 3
press SUED Escape; on_screen SUED "WAITS FOR US" >/dev/null; sleep 1; press SUED F7
on_screen SUED "5 unlock an officer" >/dev/null; press SUED 5 2 Enter
on_screen SUED "Passphrase of officer 2" >/dev/null; press SUED -l "officer on watch"; press SUED Enter
check "the second officer wakes" on_screen SUED "officer 2 Duty director"
press SUED 1; on_screen SUED "Did you hear it" >/dev/null; press SUED 1
check "and takes the watch" on_screen SUED "ON WATCH until"
press SUED Escape
check "the FLASH comes back, opened now" on_screen_long SUED "Wake up"
sleep 2; press SUED F2; on_screen SUED "Acknowledge NORD" >/dev/null; press SUED Enter
check "acknowledged late, by him: the sender sees it" until_shown NORD "ACKNOWLEDGED.*Duty director" show "$flash"
check "and is no longer told to call" off_screen NORD "CALL SUED"
mux kill-session -t SUED

# A clock 20 minutes wrong: both sides are told, and everything passes.
if ! command -v faketime >/dev/null || grep -q 'fsanitize=address' "$(dirname "$program")/build.ninja" 2>/dev/null; then
    echo "SKIP a clock that is wrong: faketime is not installed, or this is a sanitizer build"
    finish
fi
export FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
stop SUED
NODE_UNDER="faketime -f +20m" start SUED
pid[SUED]=$(pgrep -P "${pid[SUED]}") # faketime only waits for the node: this is the node
DESK_UNDER="env FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f +20m" desk SUED
check "their desk says that the clocks differ" on_screen_long SUED "CLOCKS DIFFER by (19|20) min"
check "and so does ours" on_screen_long NORD "CLOCKS DIFFER by (19|20) min"
late=$(at NORD send --to SUED --precedence FLASH "Twenty minutes" | sed -n 's/^\(NORD[^ ]*\) .*/\1/p')
check "a FLASH takes the screen, overdue by that clock" on_screen SUED "$late .*OVERDUE (19|20) min"
sleep 2; press SUED F2; on_screen SUED "Acknowledge NORD" >/dev/null; press SUED Enter
check "and is acknowledged" until_shown NORD "ACKNOWLEDGED.*Duty director" show "$late"
off_screen SUED '!!!' >/dev/null
press SUED F9 F9 Enter
check "a CHECK FIRE goes out under the wrong clock" on_screen SUED "CHECK FIRE is out"
check "and takes the other screen" on_screen NORD "STOP FIRING: everywhere"
sleep 2; press NORD F5 1 Enter
check "answered: the caller sees it" on_screen SUED "all have answered"
finish
