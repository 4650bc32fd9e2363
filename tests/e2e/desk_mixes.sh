#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_mixes.sh - 24 notices, each with another mix of receipts, claims and reports, as the
# sender's real desk in a terminal shows them: exactly, 24 of 24, and so does `show --json`.
# What is expected is worked out here from what was typed.
# usage: DETENTE=build/detente tests/e2e/desk_mixes.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
check() { local what=$1; shift; "$@" >check.log 2>&1; local code=$?; verdict "$what" $code; [ $code = 0 ] || cat check.log; }
exercise
export TOMORROW
TOMORROW=$(date -u -d '+1 day' +%Y-%m-%d)
plan() { # FROM TO: a file of notices
    python3 - "$1" "$2" <<'P'
import json, os, sys
day = os.environ["TOMORROW"]
print(json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [37 + i * 0.02, 36.2]},
     "properties": {"category": "STATIC", "request": "AVOID_WINDOW", "title": f"Post {i}", "radius_m": 200,
                    "start": f"{day}T00:00:00Z", "end": f"{day}T12:00:00Z"}} for i in range(int(sys.argv[1]), int(sys.argv[2]))]}))
P
}
add() { plan "$1" "$2" >plan.geojson; at NORD notice add plan.geojson --yes | sed -n 's/^\(NORD\.1-[^ ]*\) .*/\1/p' >>ids; }
add 0 12
desk SUED 220 60
check "what is on the other desk, with a person there, is shown" on_screen SUED "WAITS FOR US: 12"
press SUED x
sleep 1
for ((i = 0; i < 12; i++)); do # a notice is shown where and when it is said: as a whole
    press SUED Enter; on_screen SUED "^ +first position" >/dev/null || break
    sleep 0.4; press SUED Escape; on_screen SUED "WAITS FOR US" >/dev/null; press SUED Down; sleep 0.2
done
check "all twelve" until_kinds SUED SHOWN 12
press SUED F10; sleep 0.3; press SUED Enter
check "that desk is closed" on_screen SUED "desk ended"
add 12 24
need until_shown SUED "NORD.1-26" log --limit 1000
mapfile -t ids <ids
verdict "24 notices" "$([ "${#ids[@]}" = 24 ]; echo $?)"
for ((i = 0; i < 24; i++)); do # passed on: to all, to some, to nobody, never said
    id=${ids[i]}
    [ $((i & 1)) = 1 ] && need at SUED ack "$id"
    case $((i / 2 % 4)) in
        0) need at SUED passed-on "$id" --force "1st Brigade" --units 1/4
           need at SUED passed-on "$id" --force "1st Brigade" --units 4/4 ;;
        1) need at SUED passed-on "$id" --force "1st Brigade" --units 3/4 ;;
        2) need at SUED passed-on "$id" --force "1st Brigade" unreachable ;;
    esac
    [ $((i % 3)) = 0 ] && need at NORD ack "$id" --by-voice "duty officer" --heard-by 1
    [ $((i % 5)) = 0 ] && need at SUED position "$id" objection
done
need until_shown NORD "position: objection" show "${ids[20]}"
for id in "${ids[@]}"; do need until_shown NORD "stored by" show "$id"; at NORD show "$id" --json >>items; done
desk NORD 150 100
check "the sender's desk opens" on_screen NORD "OURS, NOT ACKNOWLEDGED OR NOT PASSED ON: [1-9]"
sleep 4 # it has asked for everything
screen NORD >rows
python3 - <<'P' >verdicts
import json, re
ids = open("ids").read().split()
rows = open("rows").read().split("\n")
items = [json.loads(x) for x in open("items").read().strip().split("\n")]
good_rows = good_json = 0
for i, (name, item) in enumerate(zip(ids, items)):
    said = [{"state": "told", "n": 4, "m": 4}, {"state": "told", "n": 3, "m": 4}, {"state": "unreachable", "n": None, "m": None}, None][i // 2 % 4]
    shown, acked = i < 12, i % 2 == 1
    want = []
    if not acked:
        want.append(r"(?:OVER)?(?:due|DUE) .* SUED: NOT ACKNOWLEDGED, " + (r"shown \d\d:\d\dZ" if shown else r"stored, (not shown yet|NOBODY AT DESK since \d\d:\d\dZ)"))
    tail = {0: None, 1: ": 3 of 4 units, they say", 2: ": unreachable, they say", 3: ""}[i // 2 % 4]
    if tail is not None:
        want.append("SUED: NOT PASSED ON to 1st Brigade" + tail)
    got = [r.strip() for r in rows if re.match(rf" {name} ", r)]
    fits = len(got) == len(want) and all(re.fullmatch(rf"{name} \S+ \S+ {w}", g) for g, w in zip(sorted(got, key=lambda g: g[g.index("SUED"):]), sorted(want)))
    good_rows += fits
    if not fits:
        print("#", name, got, want)
    s = item["stages"]
    p = [{k: x[k] for k in ("state", "n", "m")} for x in s[0]["passed_on"]]
    exact = (len(s) == 1 and s[0]["stored"] is not None and (s[0]["shown"] is not None) == shown
             and (s[0]["acknowledged"] is not None) == acked and p == ([said] if said else [])
             and len(s[0]["reported"]) == (i % 3 == 0) and s[0]["position"] == ("objection" if i % 5 == 0 else None))
    good_json += exact
    if not exact:
        print("#", name, json.dumps(s))
print(f"{good_rows} of {len(ids)} at the desk")
print(f"{good_json} of {len(ids)} in --json")
P
grep '^#' verdicts
verdict "shown exactly: $(grep desk verdicts)" "$(grep -qx '24 of 24 at the desk' verdicts; echo $?)"
verdict "shown exactly: $(grep json verdicts)" "$(grep -qx '24 of 24 in --json' verdicts; echo $?)"
finish
