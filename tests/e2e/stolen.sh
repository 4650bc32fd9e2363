#!/bin/bash
# SPDX-License-Identifier: ISC
# stolen.sh - sections 12 and 13 of the operator guide, typed: a stolen node is replaced by a
# new one, the others refuse the old one and show what it wrote since as in doubt; a standby.
# usage: DETENTE=build/detente tests/e2e/stolen.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
guide=$top/docs/operator-guide.md
# typed WHO FOLDER-OF-HOME LINE [WORDS...]: a line of the guide, its addresses and ids ours
typed() {
    local who=$1 line=$2; shift 2
    grep -qF "        $line" "$guide" || { bad "the guide does not say: $line"; return; }
    local words=${line#detente } change
    words=${words//--home standby /}
    for change in "$@"; do
        case $change in
        *=*) words=${words//"${change%%=*}"/"${change#*=}"} ;;
        esac
    done
    eval "at $who $words ${secret:+--passphrase-file $secret}" >typed.txt 2>&1
    verdict "$who: $line" "$?"
    [ -z "${show:-}" ] || cat typed.txt
}
home NORD "Republic of Norden"
home SUED "Southern Federation"
home MEDI "Mediator"
for p in NORD SUED MEDI; do start "$p"; done
need at NORD line create --title Line --class exercise --member SUED.card --member MEDI.card --passphrase-file root -o line.charter
need at SUED line accept line.charter --card NORD.card --card MEDI.card --yes --passphrase-file root
need at MEDI line accept line.charter --card NORD.card --card SUED.card --yes --passphrase-file root
for p in NORD SUED MEDI; do for q in NORD SUED MEDI; do
    need until_shown "$p" "log of $q\.1: [2-9]" status
done; done
id_of() { grep -oE '[A-Z]+\.[0-9]+-[0-9]+-[a-z2-7]{4}' "$1" | head -n 1; }
say() { # WHO TEXT: its id, once the others have it
    at "$1" send --wait "$2" >said.txt 2>&1 || cat said.txt >&2
    id_of said.txt
}
need at SUED send --to NORD --wait "before the backup"
secret='' typed NORD "detente backup nord-backup" "nord-backup=$work/nord-backup"
before=$(say NORD "after the backup, ours")
need at SUED send --to NORD --wait "sealed after the backup"
# The machine is taken; the thief's copy of it goes on, with an officer who was unlocked.
theft=$(say NORD "by the thief")
port[NORD2]=$((base += 7))
began=$(date +%s)
secret=root-node typed NORD2 "detente restore nord-backup" "nord-backup=$work/nord-backup"
start NORD2
secret=officer typed NORD2 "detente operator unlock 1"
secret=root typed NORD2 "detente card --endpoint udp:192.0.2.9:7100" "udp:192.0.2.9:7100=udp:127.0.0.1:${port[NORD2]}"
secret=root typed NORD2 'detente revoke node 1 --reason "stolen" --last-good NORD.1-42' "NORD.1-42=$before"
secret='' typed NORD2 "detente card export -o nord.card"
verdict "the new card names NORD.2 alone" "$(at SUED card check nord.card --json | grep -q '"nodes": *\[2\]'; echo $?)"
for p in SUED MEDI; do secret='' typed "$p" "detente pair nord.card"; done
at SUED pair NORD.card >out.txt 2>&1
verdict "the old card is refused" "$(grep -q OLDER_CARD out.txt; echo $?)"
for p in SUED MEDI; do need until_shown "$p" "log of NORD\.2: [2-9]" status; done
secret='' typed NORD2 "detente status"
for p in SUED MEDI; do
    until_shown "$p" "IN DOUBT.*REVOKED|doubt" show "$theft"
    verdict "$p sees the doubt about what came after" "$?"
    verdict "$p sees none about what came before" "$(! at "$p" show "$before" | grep -qi doubt; echo $?)"
done
for ((i = 0; i < 100; i++)); do grep -q "sessions of NORD.1 are refused" SUED.log && break; sleep 0.1; done
verdict "the others refuse its sessions" "$(grep -q "sessions of NORD.1 are refused" SUED.log MEDI.log; echo $?)"
at NORD send --wait --timeout 4 "the thief again" >thief.txt 2>&1
verdict "nothing of the thief's is stored any more" "$([ $? = 7 ]; echo $?)"
late=$(id_of thief.txt)
verdict "nor has it come" "$(! at SUED log --limit 1000 | grep -qF "${late%-*}-"; echo $?)"
verdict "what was lost after the backup has come back" "$(until_shown NORD2 "$before" show "$before"; echo $?)"
verdict "but no words of ours under a key that was lost" "$(! at NORD2 show "$before" | grep -q "after the backup, ours"; echo $?)"
until_shown NORD2 "sealed after the backup" inbox
verdict "and what was sealed to the old installation can be read" "$?"
new=$(say NORD2 "from the new node")
verdict "the new node is heard by all" "$([ "${new%%-*}" = NORD.2 ]; echo $?)"
need at SUED send --to NORD --wait "to the new node"
verdict "and hears" "$(until_shown NORD2 "to the new node" inbox; echo $?)"
verdict "within ten minutes" "$([ $(($(date +%s) - began)) -lt 600 ]; echo $?)"
stop NORD KILL

# A standby beside the new node; the first is the new node now.
rm -rf nord-backup
secret='' typed NORD2 "detente backup nord-backup" "nord-backup=$work/nord-backup"
port[STANDBY]=$((base += 7))
secret=root-node typed STANDBY "detente --home standby restore nord-backup" "nord-backup=$work/nord-backup"
secret=root typed STANDBY "detente --home standby card --endpoint udp:192.0.2.1:7100 --endpoint udp:192.0.2.9:7100" \
    "udp:192.0.2.1:7100=udp:127.0.0.1:${port[NORD2]}" "udp:192.0.2.9:7100=udp:127.0.0.1:${port[STANDBY]}"
secret='' typed STANDBY "detente --home standby card export -o nord.card"
start STANDBY
for p in NORD2 SUED MEDI; do secret='' typed "$p" "detente pair nord.card"; done
need until_shown NORD2 "NORD\.3 +our other node up" status
need until_shown SUED "log of NORD\.3: [1-9]" status
stop NORD2 KILL
need at STANDBY operator unlock 1 --passphrase-file officer
need at SUED send --to NORD --precedence IMMEDIATE --wait "to whoever is there"
until_shown STANDBY "to whoever is there" inbox
verdict "the standby has it" "$?"
waits=$(at STANDBY inbox | grep -oE 'SUED\.1-[0-9]+-[a-z2-7]{4}' | head -n 1)
need at STANDBY ack "$waits"
start NORD2
need until_shown NORD2 "NORD\.3 +our other node up" status
verdict "the first agrees when it is back" "$(until_shown NORD2 "ACKNOWLEDGED|acknowledged" show "$waits"; echo $?)"
verdict "nothing has forked" "$(! at SUED status | grep -q "two histories"; echo $?)"
finish
