#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_after.sh - at the real desk, what comes after the first keys: a CHECK FIRE that was only
# acknowledged is still answered, our own records are read.
# usage: DETENTE=build/detente tests/e2e/desk_after.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise

# Acknowledged and not answered.
desk SUED
check "a desk opens" on_screen SUED "our node UP"
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
finish
