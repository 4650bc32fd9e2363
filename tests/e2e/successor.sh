#!/bin/bash
# SPDX-License-Identifier: ISC
# successor.sh - a line of three becomes a line of four with another rule: what was open stays
# open and is answered on the old line, notices go on, new business goes to the new line only.
# usage: DETENTE=build/detente tests/e2e/successor.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
id_in() { grep -oE '[A-Z]+\.[0-9]+-[0-9]+-[a-z2-7]{4}' "$1" | head -n 1; }
tag_of() { at "$1" line list --json | python3 -c 'import json,sys
print([l["tag"] for l in json.load(sys.stdin)["lines"] if l["title"] == sys.argv[1]][0])' "$2"; }
state_of() { at "$1" line list --json | python3 -c 'import json,sys
print([l["state"] for l in json.load(sys.stdin)["lines"] if l["tag"] == sys.argv[1]][0])' "$2"; }
refused() { # WHAT NAME COMMAND...: ends with this error
    local what=$1 name=$2; shift 2
    at "$@" >refused.txt 2>&1
    verdict "$what" "$(grep -q "$name" refused.txt; echo $?)"
}
home NORD "Republic of Norden"
home SUED "Southern Federation"
home MEDI "Mediator"
home BERG "Mountain Republic"
need at NORD operator add "Deputy" --passphrase-file root-officer
for p in NORD SUED MEDI; do start "$p"; done
need at NORD line create --title Old --class exercise --member SUED.card --member MEDI.card \
    --rule FIRES,MOVEMENT,3000,500,45,3 --passphrase-file root -o old.charter
need at SUED line accept old.charter --card NORD.card --card MEDI.card --yes --passphrase-file root
need at MEDI line accept old.charter --card NORD.card --card SUED.card --yes --passphrase-file root
old=$(tag_of NORD Old)
for p in NORD SUED MEDI; do for q in NORD SUED MEDI; do
    need until_shown "$p" "log of $q\.1: [2-9]" status
done; done

# What is open when the line is succeeded.
day=$(date -u -d '+1 day' +%Y-%m-%d)
cat >convoy.geojson <<END
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [37.1, 36.2]}, "properties":
 {"category": "MOVEMENT", "request": "INFORM_ONLY", "title": "Convoy 7", "radius_m": 300,
  "start": "${day}T08:00Z", "end": "${day}T12:00Z", "text": "twelve trucks"}}
END
need at NORD notice add convoy.geojson --to SUED
at NORD notice list >notices.txt; convoy=$(id_in notices.txt)
need at SUED send --to NORD --precedence IMMEDIATE "is the ford open?"
need at MEDI check-fire everywhere --what "shells near the hospital"
need until_shown NORD "2 items? wait|is the ford open" inbox
need until_shown NORD "CHECK.FIRE" inbox
question=$(at NORD inbox | grep -oE 'SUED\.1-[0-9]+-[a-z2-7]{4}' | head -n 1)
fire=$(at NORD inbox | grep -oE 'MEDI\.1-[0-9]+-[a-z2-7]{4}' | head -n 1)

refused "a member that is not there cannot be left out" UNKNOWN_PARTY \
    NORD line succeed --line "$old" --without OTTO --passphrase-file root
need at NORD line succeed --line "$old" --title New --member BERG.card \
    --rule FIRES,MOVEMENT,5000,500,60,3 --passphrase-file root -o new.charter
new=$(tag_of NORD New)
at NORD line show --line "$new" >shown.txt
verdict "the charter names the line it follows" "$(grep -q "It follows line $old" shown.txt; echo $?)"
verdict "the changed rule takes the old one's place" \
    "$([ "$(grep -c 'rule:' shown.txt)" = 1 ] && grep -q '5000 m, 500 m in height, 60 min' shown.txt; echo $?)"
need at SUED line accept new.charter --card BERG.card --yes --passphrase-file root
verdict "while one has not accepted the old line is active" "$([ "$(state_of SUED "$old")" = active ]; echo $?)"
need at SUED send --line "$old" --to MEDI "still here"
start BERG
need at BERG line accept new.charter --card NORD.card --card SUED.card --card MEDI.card --yes --passphrase-file root
need at MEDI line accept new.charter --card BERG.card --yes --passphrase-file root
for p in NORD SUED MEDI; do need until_shown "$p" "$old .* succeeded" line list; done
for p in NORD SUED MEDI BERG; do for q in NORD SUED MEDI BERG; do
    need until_shown "$p" "line $new  log of $q\.1: [2-9]" status
done; done

# An id with its word, or with its line before it, names its line: no --line is asked for.
verdict "two lines: inbox gives ids with their line" "$(at NORD inbox | grep -q "^$old/$question"; echo $?)"
at NORD show "$question" >shown.txt 2>&1
verdict "a whole id needs no --line" "$(grep -q 'is the ford open' shown.txt; echo $?)"
at NORD show "$old/${question%-*}" >shown.txt 2>&1
verdict "nor does one with its line" "$(grep -q 'is the ford open' shown.txt; echo $?)"
refused "a line that has it not" UNKNOWN_RECORD NORD show "$new/$question"
refused "--line must not say otherwise" 'name different lines' NORD show "$old/$question" --line "$new"
refused "an id that both lines have" UNKNOWN_LINE NORD show NORD.1-0
refused "a word that fits neither" UNKNOWN_RECORD NORD show "${question%-*}-aaaa"
verdict "a proof too" "$(at NORD prove "$question" -o q.proof >out.txt 2>&1; echo $?)"
verdict "a sheet too" "$(at NORD notice sheet "$convoy" --tier exact -o sheet.txt >out.txt 2>&1; echo $?)"
at NORD check-fire near "$convoy" --what "the convoy" >out.txt 2>&1
verdict "check-fire near it goes to its line" "$?"
mine=$(id_in out.txt)
at NORD recall "$mine" >out.txt 2>&1
verdict "and is recalled by its id" "$?"
need at NORD operator unlock 2 --passphrase-file officer
need at NORD lift "$old/$mine" --as 1 --second 2
need at NORD operator lock 2

refused "a new message does not go to the old line" SUCCEEDED NORD send --line "$old" "late"
refused "nor does a notice" SUCCEEDED NORD notice add convoy.geojson --line "$old"
need at NORD send --line "$new" --wait "to all four"
verdict "what was open still waits" "$(at NORD inbox | grep -q "$question"; echo $?)"
need at NORD ack "$question"
need at NORD answer "$old/$fire" stopped
need until_shown SUED "ACKNOWLEDGED" show "$question" --line "$old"
verdict "a check fire is answered on the old line" \
    "$(at NORD show "$fire" --line "$old" | grep -q 'stopped'; echo $?)"
verdict "and stands there" "$(at NORD status | grep -q "CHECK FIRE $fire by MEDI.*standing"; echo $?)"
at SUED check-fire everywhere --line "$old" --what "again" >out.txt 2>&1
verdict "a new check fire passes on the old line" "$?"

at NORD line carry --line "$new" >carried.txt 2>&1
verdict "carry notifies what goes on" "$(grep -q "was $convoy" carried.txt; echo $?)"
again=$(id_in carried.txt)
at NORD line carry --line "$new" >twice.txt 2>&1
verdict "and nothing twice" "$(grep -q "$again.*carried over before" twice.txt; echo $?)"
need until_shown SUED "Convoy 7" notice list --line "$new"
verdict "its addressee reads it there" "$(at SUED notice show "$again" --line "$new" | grep -q 'twelve trucks'; echo $?)"
need until_shown BERG "${again%-*}" log --line "$new" --limit 100
verdict "who is new does not" "$(! at BERG show "$again" --line "$new" | grep -q 'twelve trucks'; echo $?)"
verdict "on the old line it counts until it is ended there" \
    "$(at SUED notice list --line "$old" | grep -q "$convoy"; echo $?)"
# The line after that asks two officers for own FIRES: what goes on waits for the second.
sed -e 's/MOVEMENT/FIRES/; s/Convoy 7/Range 3/; s/37.1, 36.2/37.9, 36.9/' convoy.geojson >range.geojson
need at NORD notice add range.geojson --to SUED --line "$new"
need at NORD line succeed --line "$new" --title Guarded --two-officers fires --passphrase-file root -o guarded.charter
guarded=$(tag_of NORD Guarded)
for p in SUED MEDI BERG; do need at "$p" line accept guarded.charter --yes --passphrase-file root; done
need until_shown NORD "$new .* succeeded" line list
for p in NORD SUED MEDI BERG; do for q in NORD SUED MEDI BERG; do
    need until_shown "$p" "line $guarded  log of $q\.1: [2-9]" status
done; done
at NORD line carry --line "$guarded" >carried.txt 2>&1
verdict "carry to a line that asks two: all that needs one goes on" "$(grep -q "was $again" carried.txt; echo $?)"
draft=$(grep -oE '^[a-z2-7]{8}  signed' carried.txt | cut -c1-8)
verdict "own FIRES becomes a draft" "$([ -n "$draft" ] && [ -e "NORD/drafts/$draft" ]; echo $?)"
verdict "and is not sent" "$(! at NORD notice list --line "$guarded" | grep -q 'Range 3'; echo $?)"
at NORD line carry --line "$guarded" --json >twice.json 2>&1
verdict "carried again: the same draft, none twice" "$(python3 - "$draft" <<'END'
import json, os, sys
items = json.load(open("twice.json"))["items"]
drafts = [i["draft"] for i in items if "draft" in i]
print(0 if drafts == [sys.argv[1]] and os.listdir("NORD/drafts") == drafts and sum(i.get("unchanged", False) for i in items) == 1 else 1)
END
)"
need at NORD operator unlock 2 --passphrase-file officer
need at NORD release "$draft" --officer 2 --yes
need at NORD operator lock 2
verdict "released by the second: it goes on" "$(at NORD notice list --line "$guarded" | grep -q 'Range 3'; echo $?)"
need until_shown SUED "Range 3" notice list --line "$guarded"
at NORD line carry --line "$guarded" >thrice.txt 2>&1
verdict "and nothing is left to carry" "$([ "$(grep -c 'carried over before' thrice.txt)" = 2 ] && [ -z "$(ls NORD/drafts)" ]; echo $?)"
stop NORD KILL
start NORD
verdict "after a restart the old line is still closed" "$([ "$(state_of NORD "$old")" = succeeded ]; echo $?)"
need at NORD line succeed --line "$new" --title Third --without MEDI --draft --passphrase-file root -o third.charter
refused "whoever is left out cannot accept" UNKNOWN_PARTY MEDI line accept third.charter --yes --passphrase-file root
finish
