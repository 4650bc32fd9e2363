#!/bin/bash
# SPDX-License-Identifier: ISC
# release.sh - what a charter asks of officers, from the command line: two of them for what it
# names, one for what warns, what was reported by voice, tests of people, who was not told.
# usage: DETENTE=build/detente tests/e2e/release.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# says WHAT PATTERN: the last output has it
says() { verdict "$1" "$(grep -qE -- "$2" out.txt; echo $?)"; }
# run PARTY words...: out.txt, err.txt; its status
run() { local who=$1; shift; timeout 60 "$program" "$@" --home "$work/$who" >out.txt 2>err.txt </dev/null; }

home NORD "Republic of Norden"
home SUED "Southern Federation"
need at NORD operator add "Duty director" --passphrase-file root-officer
start NORD
start SUED
need at NORD pair SUED.card
need at SUED pair NORD.card

# --- settings of a charter
wrong() { run NORD line create --title X --member SUED.card --passphrase-file root --draft "$@"
    verdict "refused: $*" "$([ $? = 2 ] && grep -q '^detente: USAGE: ' err.txt; echo $?)"; }
wrong --two-officers flash,fire
wrong --two-officers ''
wrong --test-period 0
wrong --test-period 2d
wrong --watch-length 8days
wrong --watch-length 400
wrong --deadlines 3min,15min,2h
wrong --deadlines 3min,15min,2h,12h,1h
wrong --attempts 100,150,200
wrong --attempts 100,150,200,250,300,299
wrong --attempts 100,150,200,250,300,350,400
need at NORD line create --title "Exercise River" --class exercise --member SUED.card \
    --force "NORD=1st Brigade" --force "SUED=Air Component" --guarantee "SUED=Hill Militia" \
    --two-officers flash,fires,suspend --test-period 1 --watch-length 4 \
    --deadlines 4min,20,3h,36h --attempts 50,60,70,80,90,400 --passphrase-file root -o river.charter
need at SUED line accept river.charter --yes --passphrase-file root
need until_shown SUED "log of NORD.1: [3-9]" status
need until_shown NORD "log of SUED.1: [2-9]" status
for p in NORD SUED; do
    run $p line show
    says "$p: line show: who releases" '^  two officers release: messages of FLASH precedence$'
    says "$p: line show: fires" '^  two officers release: notices of own FIRES$'
    says "$p: line show: suspending" '^  two officers release: suspending and leaving$'
    says "$p: line show: deadlines" 'FLASH 4 min, IMMEDIATE 20 min, PRIORITY 3 h, ROUTINE 36 h$'
    says "$p: line show: steps" 'at 400 % of that time: an intermediary$'
    says "$p: line show: tests" 'tested every 1 s; a watch lasts at most 4 h$'
done
run NORD line show --json
says "line show --json: two officers" '"two_officers":\["flash","fires","suspend"\]'
# --- what was said by voice is reported, and is no acknowledgement
run NORD send --to SUED "the bridge at the mill is closed" --wait
id=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
run SUED ack "$id" --by-voice "Colonel" --heard-by 1
verdict "only the author reports" "$([ $? = 1 ] && grep -q NOT_ALLOWED err.txt; echo $?)"
run NORD ack "$id" --by-voice "Colonel"
verdict "who heard it must be said" "$([ $? = 2 ]; echo $?)"
run NORD ack "$id" --by-voice "duty officer, Sued Air" --heard-by 1 --text "will do"
verdict "by voice" $?
says "it says what it is not" 'not signed by them: it is no acknowledgement'
need at NORD ack "$id" --paper "slip of the mayor" --said refused
for p in NORD SUED; do
    [ $p = SUED ] && need until_shown SUED "heard from slip of the mayor" show "$id"
    run $p show "$id"
    says "$p: show: reported by voice" '^      reported by NORD, not signed by SUED: acknowledged, by voice, heard from duty officer, Sued Air'
    says "$p: show: on paper" '^      reported by NORD, not signed by SUED: refused, by paper, heard from slip of the mayor'
    says "$p: show: the words" '^      will do$'
    verdict "$p: show: not acknowledged" "$(! grep -q ACKNOWLEDGED out.txt; echo $?)"
    run $p show "$id" --json
    verdict "$p: show --json" "$(python3 -c '
import json
s = json.load(open("out.txt"))["stages"][0]
assert s["acknowledged"] is None and s["highest"] in ("stored", "none"), s
assert [(r["from"], r["reported"], r["means"], r["who"]) for r in s["reported"]] == [
    ("NORD", "acknowledged", "voice", "duty officer, Sued Air"), ("NORD", "refused", "paper", "slip of the mayor")], s
'; echo $?)"
done
run NORD inbox --all
says "inbox: reported" '^    reported by NORD, not signed by SUED: acknowledged, by voice'
need at SUED ack "$id"
need until_shown NORD "ACKNOWLEDGED" show "$id"
run NORD show "$id"
says "an acknowledgement beside the reports" '^      reported by NORD, not signed by SUED: refused'

# --- two officers where the charter asks, one for what warns
size_of() { at "$1" status --json | python3 -c 'import json,sys; print([l["size"] for l in json.load(sys.stdin)["logs"] if l["code"] == "NORD"][0])'; }
before=$(size_of NORD)
run NORD send --to SUED --precedence FLASH "two must sign this"
verdict "FLASH: the first officer's command" $?
says "read back: the words" '^  \| two must sign this$'
says "read back: who will be able to read it" '^  WHO WILL BE ABLE TO READ IT: NORD SUED,'
says "NOT SENT" 'NOT SENT'
says "plain text is said" 'in plain text'
draft=$(grep -oE '^[a-z2-7]{8}  signed' out.txt | cut -c1-8)
verdict "nothing was written" "$([ "$before" = "$(size_of NORD)" ]; echo $?)"
verdict "0600 in 0700" "$([ "$(stat -c %a NORD/drafts "NORD/drafts/$draft" | tr '\n' ' ')" = "700 600 " ]; echo $?)"
run NORD release
says "drafts are listed, read back" '^  \| two must sign this$'
run NORD release "$draft" --officer 1
verdict "the same officer is refused" "$([ $? = 1 ] && grep -q '^detente: NEEDS_SECOND: ' err.txt; echo $?)"
run NORD release "$draft"
verdict "nor alone without saying so" "$([ $? = 1 ] && grep -q '^detente: NEEDS_SECOND: ' err.txt; echo $?)"
run NORD release "$draft" --officer 2
verdict "a locked one too" "$([ $? = 8 ]; echo $?)"
need at NORD operator unlock 2 --passphrase-file officer
run NORD release "$draft" --officer 2
verdict "the second releases" $?
says "by two" 'released by two officers'
id=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
verdict "the draft is gone" "$([ ! -e "NORD/drafts/$draft" ]; echo $?)"
need until_shown SUED "two must sign this" show "$id"
run SUED show "$id"
says "the other side sees both" 'signed by Watch officer and Duty director'
run NORD release "$draft" --officer 2
verdict "no second time" "$([ $? = 1 ] && grep -q '^detente: UNKNOWN_RECORD: ' err.txt; echo $?)"
run NORD send --to SUED --precedence FLASH --as 1 --second 2 "both at one desk"
verdict "both at one desk" "$([ $? = 0 ] && grep -q 'written to our log' out.txt; echo $?)"
run NORD send --to SUED --precedence FLASH --as 1 --second 1 "one twice"
verdict "one officer twice" "$([ $? = 1 ] && grep -qE '^detente: (NEEDS_SECOND|DUPLICATE): ' err.txt; echo $?)"
for subject in distress warning accident; do
    run NORD send --to SUED --precedence FLASH --as 1 --subject $subject "one suffices"
    verdict "$subject: one officer" "$([ $? = 0 ] && grep -q 'written to our log' out.txt; echo $?)"
    says "$subject is read back" "^  subject, in clear: $subject$"
done
run NORD send --subject danger "x" --as 1
verdict "no other subject" "$([ $? = 2 ]; echo $?)"
run NORD check-fire everywhere --as 1
verdict "CHECK FIRE: one officer" $?
cat >fires.geojson <<GEO
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [47.2, 15.1]}, "properties": {"category": "FIRES",
"request": "INFORM_ONLY", "title": "Range", "radius_m": 900, "start": "$(date -u -d '+1 day' +%FT%TZ)", "end": "$(date -u -d '+2 days' +%FT%TZ)"}}
GEO
run NORD notice add fires.geojson --as 1
verdict "own FIRES: a draft" "$([ $? = 0 ] && grep -q 'NOT SENT' out.txt; echo $?)"
says "read back: what" '^  FIRES, asks: INFORM_ONLY, "Range"'
fires=$(grep -oE '^[a-z2-7]{8}  signed' out.txt | cut -c1-8)
cp "NORD/drafts/$fires" kept
printf 'x' | dd of="NORD/drafts/$fires" bs=1 seek=200 conv=notrunc status=none
run NORD release "$fires" --officer 2
verdict "a draft that was changed is refused" "$([ $? = 1 ] && grep -q '^detente: BAD_HASH: ' err.txt; echo $?)"
cp kept "NORD/drafts/$fires"
run NORD release "$fires" --officer 2 --json
verdict "released with --json" "$(grep -q '"id":"NORD.1-' out.txt; echo $?)"
fires=$(grep -oE 'NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown SUED "signed by Watch officer and Duty director" show "$fires"
good "the other side has the notice, signed by two"
sed 's/FIRES/STATIC/; s/INFORM_ONLY/ADD_TO_NO_STRIKE/; s/Range/Well/' fires.geojson >well.geojson
run NORD notice add well.geojson --as 1
verdict "what protects needs one" "$([ $? = 0 ] && ! grep -q 'NOT SENT' out.txt; echo $?)"
says "and is read back" 'WHO WILL BE ABLE TO READ IT'

# --- the line suspended by two, then CHECK FIRE
run NORD line suspend --as 1 --text "talks"
says "suspending: a draft" 'NOT SENT'
draft=$(grep -oE '^[a-z2-7]{8}  signed' out.txt | cut -c1-8)
need at NORD release "$draft" --officer 2
need until_shown SUED "SUSPENDED the line" line show
run SUED send --to NORD "refused now"
verdict "a message is refused" "$([ $? = 1 ] && grep -q '^detente: SUSPENDED: ' err.txt; echo $?)"
run SUED check-fire everywhere --own-people
verdict "CHECK FIRE over the suspended line" $?
fire=$(grep -oE '^SUED\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown NORD "$fire" inbox
run NORD answer "$fire" stopped --as 1
verdict "and its answer" $?
need until_shown SUED "stopped" show "$fire"
run NORD line resume --as 1 --second 2
verdict "resumed by two at one desk" $?
need until_shown SUED "active" line show
run SUED send --to NORD "heard again" --wait
verdict "and a message goes" $?

# --- dropped, too old
run NORD send --to SUED --precedence FLASH --as 1 "never mind"
draft=$(grep -oE '^[a-z2-7]{8}  signed' out.txt | cut -c1-8)
need at NORD release "$draft" --drop
verdict "dropped" "$([ ! -e "NORD/drafts/$draft" ]; echo $?)"
run NORD release
says "none waits" 'No draft waits'

# --- a FLASH that nobody acknowledges: whom to call, and what to say
run NORD send --to SUED --precedence FLASH --subject warning --as 1 --wait-ack --timeout 1 "shells fall on the mill"
verdict "not acknowledged in time: status 7" "$([ $? = 7 ] && grep -q '^detente: TIMEOUT: .*not yet by SUED' err.txt; echo $?)"
flash=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt | head -n 1)
says "the telephone of their card" "^  SUED:  tel \\+99 ${port[SUED]}"
says "the sentence, the id as it is spoken" 'Say: "EXERCISE EXERCISE EXERCISE. This is NORD. A FLASH for you, November Oscar Romeo Delta point One dash '
says "and what then" "Then: detente ack $flash --by-voice WHO --heard-by N"
run NORD ack "$flash" --by-voice "duty officer" --heard-by 7 --as 1
verdict "two names for who heard it are refused, not one swallowed" \
    "$(grep -q -- '--as and --heard-by name two officers' err.txt; echo $?)"
written=$(at NORD show "$flash" | grep -c 'reported')
verdict "and nothing is written" "$([ "$written" = 0 ]; echo $?)"
(run SUED send --to NORD --precedence PRIORITY --wait-ack --timeout 40 "answer this"; echo $? >waited) &
waiter=$!
need until_shown NORD "answer this" inbox
need at NORD ack "$(at NORD inbox | grep -B1 'answer this' | grep -oE '^SUED\.1-[0-9]+-[a-z2-7]{4}' | tail -n 1)" --as 1
wait $waiter
verdict "acknowledged: it returns" "$([ "$(cat waited)" = 0 ]; echo $?)"

# --- whether a person is there
run NORD test send --as 1
verdict "a test of people" $?
test=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown SUED "$test.*waits for an officer" inbox
run SUED test answer "$test"
verdict "is answered by an officer" $?
need until_shown NORD "their people: green" status
at SUED inbox >out.txt
verdict "and waits no longer" "$(! grep -q "$test" out.txt; echo $?)"
run NORD test answer "$test" --as 1
verdict "nobody answers his own" "$([ $? = 1 ]; echo $?)"
run NORD test send --to SUED --as 1
test=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown SUED "$test.*waits for an officer" inbox
run SUED test decline "$test"
verdict "declined" $?
need until_shown NORD "their people: declined" status
good "a declined test is told from an answered one"
run SUED test answer "$id"
verdict "a message is no test" "$([ $? = 1 ] && grep -q '^detente: WRONG_RECORD: ' err.txt; echo $?)"

# --- who has not answered, which forces are not told
run NORD unanswered
says "not acknowledged" "^$id  FLASH MESSAGE  "
says "by whom" '^    NOT ACKNOWLEDGED by SUED, stored by 20.*Z at the latest, shown to nobody that is known'
says "a force not told" "^$fires  NOTICE  .*: Air Component of SUED NOT TOLD\$"
says "a guaranteed force not told" "^$fires  NOTICE  .*: Hill Militia of SUED NOT TOLD; it is not on the line\$"
need at SUED ack "$id"
need at SUED passed-on "$fires" --force "Hill Militia" --units 3/4
need at SUED passed-on "$fires" --force "Air Component" --units 2/2
need until_shown NORD "Hill Militia of SUED NOT TOLD: 3 of 4 units, they say" unanswered
run NORD unanswered
verdict "an acknowledged message is gone" "$(! grep -q "^$id" out.txt; echo $?)"
verdict "a force that was told is gone" "$(! grep -q "^$fires.*Air Component" out.txt; echo $?)"
run NORD status
says "status says it too" "^$fires  NOTICE  .*Hill Militia of SUED NOT TOLD"
run NORD unanswered --json
verdict "unanswered --json" "$(python3 -c '
import json
v = json.load(open("out.txt"))
assert all(f["code"] == "SUED" and f["age"] >= 0 for f in v["not_told"]) and v["not_told"], v
assert all(s["code"] == "SUED" for u in v["unanswered"] for s in u["silent"]), v
'; echo $?)"

# --- the roster never leaves the home
need at NORD roster add deputy "B. Example" "tel:+99 555 0102"
need at NORD roster add duty-director "C. Example" "tel:+99 555 0103" --from 2026-01-01T00:00Z --to 2026-01-02T00:00Z
run NORD roster
says "roster" '^deputy +B\. Example +tel:\+99 555 0102'
run NORD roster list --step deputy
says "the deputy now" 'B\. Example'
run NORD roster list --step duty-director
says "whose duty is over has it no more" 'Nobody has that duty now'
run NORD roster add deputy "D" "$(printf 'a\tb')"
verdict "no tab in a field" "$([ $? = 2 ]; echo $?)"
run NORD roster add deputy D tel --from 2026-01-02T00:00Z --to 2026-01-01T00:00Z
verdict "no duty that ends before it begins" "$([ $? = 1 ]; echo $?)"
need at NORD roster remove deputy "B. Example"
run NORD roster list --step deputy
says "removed" 'Nobody has that duty now'
run NORD roster remove deputy "B. Example"
verdict "not twice" "$([ $? = 1 ]; echo $?)"
verdict "the roster is for its owner" "$([ "$(stat -c %a NORD/roster)" = 600 ]; echo $?)"
verdict "no name is in the store" "$(! grep -aq 'C. Example' NORD/detente.db NORD/detente.db-wal SUED/detente.db 2>/dev/null; echo $?)"
finish
