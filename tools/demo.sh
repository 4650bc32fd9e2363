#!/bin/bash
# SPDX-License-Identifier: ISC
# demo.sh [check] - an exercise of three parties on this machine, played on loopback.
#
# Two forces and a mediator, all invented; one party answers for an allied force that is
# not on the line. Real input: the GeoJSON files of examples/exercise, as QGIS and
# geojson.io write them, moved to tomorrow. With `check` it asks nothing, keeps nothing, and
# exits 0 only if every expected record, stage and conflict is there on every node.
set -u
mode=${1:-show}
top=$(cd "$(dirname "$0")/.." && pwd)
program=${DETENTE:-$top/build/detente}
work=$(mktemp -d "${TMPDIR:-/tmp}/detente-exercise-XXXXXX") || exit 1
export XDG_RUNTIME_DIR=$work/run LC_ALL=C.UTF-8 LANGUAGE=en
mkdir -m 700 "$work/run"
declare -A pid port
passed=0 failed=0

finish() {
    trap - EXIT INT TERM
    for p in "${!pid[@]}"; do kill "${pid[$p]}" 2>/dev/null; done
    for p in "${!pid[@]}"; do wait "${pid[$p]}" 2>/dev/null; done
    rm -rf "$work"
}
trap finish EXIT
trap 'echo; echo "Stopping the three nodes."; exit 130' INT TERM

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || title() { printf '\n== %s\n' "$*"; }

# at PARTY words…: types a command at that party's desk, shown as it is typed
at() {
    local who=$1; shift
    local shown=""
    for word in "$@"; do case $word in *\ *) shown+=" '$word'" ;; *) shown+=" $word" ;; esac; done
    printf '%s$ detente%s\n' "$who" "$shown"
    "$program" "$@" --home "$work/$who" 2>&1 | sed "s|$work/||g; s/^/    /"
    return "${PIPESTATUS[0]}"
}
quiet() { local who=$1; shift; "$program" "$@" --home "$work/$who"; }
die() { echo "demo: $*" >&2; exit 1; }

# Waits until a command at a party prints a pattern; at most 20 s.
until_shown() {
    local who=$1 pattern=$2; shift 2
    for _ in $(seq 200); do
        quiet "$who" "$@" 2>/dev/null | grep -qE "$pattern" && return 0
        sleep 0.1
    done
    return 1
}

# expect WHAT PARTY PATTERN command…: one thing that must be there
expect() {
    local what=$1 who=$2 pattern=$3; shift 3
    if until_shown "$who" "$pattern" "$@"; then
        passed=$((passed + 1))
        [ "$mode" = check ] && echo "ok   $who: $what"
    else
        failed=$((failed + 1))
        echo "FAIL $who: $what: no /$pattern/ in: detente $*" >&2
        quiet "$who" "$@" 2>&1 | sed 's/^/     /' >&2
    fi
    return 0
}
# never WHAT PARTY PATTERN command…: one thing that must not be there
never() {
    local what=$1 who=$2 pattern=$3; shift 3
    if quiet "$who" "$@" 2>&1 | grep -qE "$pattern"; then
        failed=$((failed + 1))
        echo "FAIL $who: $what: /$pattern/ in: detente $*" >&2
    else
        passed=$((passed + 1))
        [ "$mode" = check ] && echo "ok   $who: $what"
    fi
    return 0
}
# The id of the newest item that a command lists and a pattern names.
id_of() {
    local who=$1 pattern=$2; shift 2
    quiet "$who" "$@" | grep -E "$pattern" | grep -oE '^[A-Z0-9]+\.[0-9]+-[0-9]+-[a-z2-7]{4}' | tail -n 1
}

[ -x "$program" ] || die "$program is not built; run make"
printf 'exercise root key\n\n' >"$work/root-node"
printf 'exercise root key\nofficer on watch\n' >"$work/root-officer"
printf 'officer on watch\n' >"$work/officer"
printf 'exercise root key\n' >"$work/root"
tomorrow=$(date -u -d tomorrow +%F)
for f in convoy posts flight flight-amended; do
    sed "s/2036-03-01/$tomorrow/g; s/2036-05-28/$(date -u -d '+80 days' +%F)/g" \
        "$top/examples/exercise/$f.geojson" >"$work/$f.geojson"
done
cd "$work" || exit 1

title "Three parties: NORD and SUED, two forces; MEDI, who mediates"
base=$((20000 + RANDOM % 20000))
declare -A name=([NORD]="Republic of Norden" [SUED]="Southern Federation" [MEDI]="Mediation Mission")
for p in NORD SUED MEDI; do
    port[$p]=$((base += 7))
    quiet $p init $p "${name[$p]}" --passphrase-file root-node >/dev/null || die "init $p"
    quiet $p operator add "Watch officer" --passphrase-file root-officer >/dev/null || die "operator $p"
    quiet $p operator add "Duty director" --passphrase-file root-officer >/dev/null || die "operator $p"
    quiet $p operator unlock 1 --passphrase-file officer >/dev/null || die "unlock $p"
    quiet $p card --endpoint "udp:127.0.0.1:${port[$p]}" --contact "tel:+99 ${port[$p]}" \
        --passphrase-file root >/dev/null || die "card $p"
    quiet $p card export -o "$work/$p.card" >/dev/null || die "card export $p"
    "$program" node --listen "udp:127.0.0.1:${port[$p]}" --home "$work/$p" 2>"$work/$p.log" &
    pid[$p]=$!
    echo "  $p  ${name[$p]}: home, keys, an officer on watch, a node on udp:127.0.0.1:${port[$p]}"
done
for p in NORD SUED MEDI; do
    until_shown $p "our node up" status || { cat "$work/$p.log" >&2; die "the node of $p does not start"; }
    for q in NORD SUED MEDI; do
        [ $p = $q ] || quiet $p pair "$work/$q.card" >/dev/null || die "pair $p $q"
    done
done

title "The line: one charter, accepted by all; SUED answers for the Hill Militia, which is not on it"
at NORD line create --title "Exercise River" --class exercise --member SUED.card --member MEDI.card \
    --force "NORD=1st Brigade" --force "SUED=Air Component" --guarantee "SUED=Hill Militia" \
    --passphrase-file root -o river.charter || die "line create"
for p in SUED MEDI; do
    quiet $p line accept river.charter --yes --passphrase-file root >/dev/null || die "accept $p"
    echo "    $p has read and accepted it"
done
for p in NORD SUED MEDI; do
    expect "three logs are held" $p "log of MEDI" status
    expect "the log of NORD is held" $p "log of NORD.1: [3-9]" status
    expect "the log of SUED is held" $p "log of SUED.1: [3-9]" status
done

title "1. Notified: a relief convoy, a post and a hospital"
at NORD notice check convoy.geojson
at NORD notice add convoy.geojson --to SUED || die "notice add convoy"
at NORD notice add posts.geojson || die "notice add posts"
expect "the convoy has arrived" SUED 'MOVEMENT.*Relief convoy 7' notice list
expect "the hospital has arrived" SUED 'STATIC.*Field hospital 2' notice list
expect "the hospital has arrived" MEDI 'STATIC.*Field hospital 2' notice list
expect "the convoy is there, its shape is not" MEDI 'MOVEMENT' notice list
never "the mediator cannot read what is not addressed to it" MEDI 'Relief convoy 7' log --limit 100

title "2. Acknowledged by an officer, 3. passed to the force that fires"
convoy=$(id_of SUED 'Relief convoy 7' notice list)
for id in $(quiet SUED inbox | grep -oE '^NORD\.[0-9]+-[0-9]+-[a-z2-7]{4}'); do
    at SUED ack "$id" || die "ack $id"
done
at SUED passed-on "$convoy" --force "Air Component" --units 3/4 || die "passed-on"
at SUED passed-on "$convoy" --force "Hill Militia" unreachable || die "passed-on"
expect "SUED's officer has acknowledged the convoy" NORD 'SUED.*ACKNOWLEDGED.*Watch officer' show "$convoy"
expect "the sender sees who was told" NORD 'Air Component.*3 of 4' show "$convoy"
expect "the sender sees who was not told" NORD 'Hill Militia.*unreachable' show "$convoy"
at NORD show "$convoy"
never "MEDI's node has it; that is no acknowledgement" NORD 'MEDI.*ACKNOWLEDGED' show "$convoy"

title "4. Warned: an air activity runs into the convoy; both nodes find the same conflict"
at SUED notice add flight.geojson --to NORD || die "notice add flight"
expect "the conflict is found" SUED '^CONFLICT [a-z2-7]{4} \(severe' conflicts
expect "the conflict is found" NORD '^CONFLICT [a-z2-7]{4} \(severe' conflicts
a=$(quiet NORD conflicts | grep -oE '^CONFLICT [a-z2-7]{4}' | sort | tr '\n' ' ')
b=$(quiet SUED conflicts | grep -oE '^CONFLICT [a-z2-7]{4}' | sort | tr '\n' ' ')
if [ "$a" = "$b" ] && [ -n "$a" ]; then passed=$((passed + 1)); else
    failed=$((failed + 1)); echo "FAIL the two sides name different conflicts: $a / $b" >&2; fi
at NORD conflicts
at SUED conflicts

title "5. Stopped: CHECK FIRE, by one officer; any officer acts on it"
at NORD check-fire near "$convoy" --what "Relief convoy 7" --own-people || die "check-fire"
expect "CHECK FIRE waits for an officer" SUED 'FLASH.*CHECK_FIRE' inbox
expect "CHECK FIRE waits for an officer" MEDI 'FLASH.*CHECK_FIRE' inbox
fire=$(id_of SUED 'CHECK_FIRE' inbox)
at SUED inbox
at SUED ack "$fire" || die "ack fire"
at SUED answer "$fire" passed || die "answer"
at SUED answer "$fire" stopped || die "answer"
expect "acknowledged" NORD 'SUED.*ACKNOWLEDGED.*Watch officer' show "$fire"
expect "answered: stopped" NORD 'answer: stopped' log --limit 100
expect "answered: stopped" MEDI 'answer: stopped' log --limit 100

title "The air activity is amended; both versions count until NORD's officer acknowledges"
flight=$(id_of SUED 'Armed reconnaissance 31' notice list)
at SUED notice amend "$flight" flight-amended.geojson --to NORD || die "amend"
expect "the new version has arrived" NORD 'SUED.*NOTICE' inbox
never "not yet resolved" NORD 'resolved' conflicts
for id in $(quiet NORD inbox | grep -oE '^SUED\.[0-9]+-[0-9]+-[a-z2-7]{4}'); do at NORD ack "$id" || die "ack $id"; done
expect "the conflict is resolved" NORD 'resolved' conflicts
expect "the conflict is resolved" SUED 'resolved' conflicts
at NORD conflicts

title "6. Accounted for: anyone can check it, offline"
at NORD notice arrived "$convoy" || die "arrived"
expect "the convoy has arrived at its end" SUED 'MOVEMENT +arrived.*Relief convoy 7' notice list --all
at NORD prove "$fire" -o fire.tlog-proof || die "prove"
at MEDI verify-proof --trust NORD.card --trust SUED.card fire.tlog-proof || { failed=$((failed + 1)); echo "FAIL the proof" >&2; }
for p in NORD SUED MEDI; do
    expect "the views come out of the logs the same" $p 'the same digest' rebuild
done
if [ "$mode" = check ]; then
    for p in NORD SUED MEDI; do kill "${pid[$p]}"; wait "${pid[$p]}"; code=$?
        if [ $code = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL node $p ended with $code" >&2; fi
        unset "pid[$p]"
        expect "every hash and signature on disk holds" $p '.' verify
        quiet $p verify >/dev/null || { failed=$((failed + 1)); echo "FAIL verify $p" >&2; }
    done
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
fi
[ "$failed" = 0 ] || die "$failed of what was expected did not happen"

title "The three nodes go on running. In another terminal, try:"
cat <<TXT
  export XDG_RUNTIME_DIR=$work/run PATH=$(dirname "$program"):\$PATH
  detente inbox --follow --home $work/SUED
  detente send --home $work/NORD --to MEDI --precedence PRIORITY "Exercise exercise. We ask for your good offices."
  detente inbox --home $work/MEDI
  detente status --home $work/NORD
  detente log --home $work/MEDI
Ctrl-C here stops them and removes $work.
TXT
wait
