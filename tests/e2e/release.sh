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
finish
