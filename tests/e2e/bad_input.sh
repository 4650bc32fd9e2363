#!/bin/bash
# SPDX-License-Identifier: ISC
# bad_input.sh - what is wrong is refused by name, and changes nothing.
# Each case runs twice with the real program, for people and with --json; before and after,
# the logs and the home's files are compared. usage: DETENTE=build/detente tests/e2e/bad_input.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
forge=$top/tests/e2e/forge.py
export PYTHONDONTWRITEBYTECODE=1

# What a home holds: its files but the store, and how long its logs are.
holds() {
    (cd "$work/$1" 2>/dev/null && find . -type f ! -name 'detente.db*' -print0 | sort -z | xargs -0 -r sha256sum)
    at "$1" log --limit 10000 --json 2>/dev/null | tr '}' '\n' | grep -oE '"(leaf|position)":"[^"]*"'
    at "$1" status --json 2>/dev/null | grep -oE '"size":[0-9]+'
}
# refused WHAT PARTY NAME STATUS words...: NAME and STATUS may be extended patterns
refused() {
    local what=$1 who=$2 name=$3 status=$4 before out code; shift 4
    before=$(holds "$who")
    timeout 15 "$program" "$@" --home "$work/$who" >out.txt 2>err.txt
    code=$?
    if ! [[ $code =~ ^($status)$ ]] || ! grep -qE "^detente: ($name): .+\.$" err.txt; then
        bad "$what: status $code, not $status $name: detente $*: $(head -c 300 err.txt)"
        return
    fi
    if grep -qE 'Sanitizer|runtime error' err.txt; then bad "$what: $(head -c 2000 err.txt)"; return; fi
    timeout 15 "$program" --json "$@" --home "$work/$who" >out.txt 2>err.txt
    printf '%s\t%s\t%s\n' "$what" "$name" "$(tail -n 1 out.txt)" >>json.txt
    out=$(holds "$who")
    if [ "$before" = "$out" ]; then good "$what"; else
        bad "$what: something was changed"; diff <(echo "$before") <(echo "$out") | head -5; fi
}

home NORD "Republic of Norden"
home SUED "Southern Federation"
home MEDI "Mediation Mission"
home ALFA "A party that is on no line"
for p in NORD SUED MEDI ALFA; do start $p; done
need at NORD pair SUED.card
need at SUED pair NORD.card
need at MEDI pair NORD.card
need at NORD line create --title "Exercise River" --class exercise --member SUED.card \
    --passphrase-file root -o river.charter
need at SUED line accept river.charter --yes --passphrase-file root
need until_shown SUED "log of NORD.1: [2-9]" status
need until_shown NORD "log of SUED.1: [2-9]" status
need at NORD send --to SUED "a first message" --wait
first=$(at NORD log | grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}.*MESSAGE' | cut -d' ' -f1 | tail -n 1)

# --- cards and charters
for how in flip cut append again big lines empty version suite; do
    need python3 "$forge" $how SUED.card $how.card
    need python3 "$forge" $how river.charter $how.charter
    case $how in
    version) name=UNKNOWN_VERSION ;;
    suite) name='UNKNOWN_SUITE|BAD_SIGNATURE' ;;
    big) name=TOO_LARGE ;;
    flip) name='BAD_SIGNATURE|BAD_KEY|BAD_TYPE|BAD_VALUE|TRUNCATED|NOT_CANONICAL|MISSING_FIELD' ;;
    *) name='BAD_TEXT|NOT_CANONICAL|TRUNCATED|TRAILING|BAD_TYPE' ;;
    esac
    refused "card: $how, checked" ALFA "$name" 1 card check $how.card
    refused "card: $how, paired" ALFA "$name" 1 pair $how.card
    refused "charter: $how" SUED "$name" 1 line accept $how.charter --yes --passphrase-file root
done
need python3 "$forge" stranger river.charter stranger.charter
refused "charter: signed by no member" SUED 'UNKNOWN_PARTY|NOT_ALLOWED|BAD_SIGNATURE' 1 line accept stranger.charter --yes --passphrase-file root
refused "charter: we are not in it" ALFA 'UNKNOWN_PARTY|NOT_ALLOWED' 1 line accept river.charter --yes --passphrase-file root
refused "charter: already accepted" SUED 'DUPLICATE' 1 line accept river.charter --yes --passphrase-file root
refused "a charter is no card" ALFA 'BAD_TEXT|BAD_TYPE' 1 pair river.charter
refused "a card is no charter" SUED 'BAD_TEXT|BAD_TYPE' 1 line accept SUED.card --yes --passphrase-file root
refused "a card that is not there" ALFA IO 1 pair nowhere.card
refused "a folder for a card" ALFA 'IO|BAD_TEXT' 1 pair run
refused "a line with ourselves only" NORD 'BAD_VALUE|DUPLICATE|NOT_ALLOWED|USAGE' '1|2' line create --title X --member NORD.card --passphrase-file root -o x.charter
refused "a line with a member we have not paired with" NORD 'UNKNOWN_PARTY' 1 line create --title X --member MEDI.card --force "ALFA=Nobody" --passphrase-file root -o x.charter
need at NORD line create --title "Not known here" --member SUED.card --member ALFA.card --draft --passphrase-file root -o three.charter
refused "a charter with a member whom we do not know" SUED 'UNKNOWN_PARTY' 1 line accept three.charter --yes --passphrase-file root

# --- homes, keys, nodes
refused "no home" NONE NO_HOME 1 status
refused "a home that exists" NORD HOME_EXISTS 1 init NORD Again --passphrase-file root-node
refused "a second node on the same home" NORD STORE_BUSY 1 node --listen "udp:127.0.0.1:$((base += 7))"
printf 'wrong root key\nofficer on watch\n' >wrong-root
printf 'wrong officer key\n' >wrong
refused "wrong passphrase: root" NORD BAD_PASSPHRASE 1 operator add Other --passphrase-file wrong-root
refused "wrong passphrase: officer" NORD BAD_PASSPHRASE 1 operator unlock 1 --passphrase-file wrong
printf 'exercise root key\nnode passphrase\n' >root-sealed
printf 'node passphrase\n' >node
need at SEAL init SEAL "A sealed node" --passphrase-file root-sealed
refused "wrong passphrase: node" SEAL BAD_PASSPHRASE 1 node --listen "udp:127.0.0.1:$((base += 7))" --passphrase-file wrong
refused "a port that is taken" SEAL IO 1 node --listen "udp:127.0.0.1:${port[NORD]}" --passphrase-file node
grep -q "cannot listen at udp:127.0.0.1:${port[NORD]}: " err.txt; verdict "and where it cannot listen" $?
refused "a passphrase file that ends early" NORD 'TRUNCATED|USAGE|BAD_PASSPHRASE|IO' '1|2' operator unlock 1 --passphrase-file /dev/null
refused "no node" SEAL NO_NODE 6 status
chmod 755 SEAL
refused "a home that others may enter" SEAL NOT_ALLOWED 1 node --listen "udp:127.0.0.1:$((base += 7))" --passphrase-file node
chmod 700 SEAL
chmod 644 SEAL/keys/*
refused "keys that others may read" SEAL NOT_ALLOWED 1 node --listen "udp:127.0.0.1:$((base += 7))" --passphrase-file node
chmod 600 SEAL/keys/*
refused "a code that is none" NEWH 'BAD_VALUE|USAGE|BAD_TEXT' '1|2' init "no code" Name --passphrase-file root-node
refused "an address that is none" SEAL 'USAGE|BAD_VALUE|BAD_TEXT|IO' '1|2' node --listen udp:nowhere --passphrase-file node
stop ALFA KILL
# A clock is a year off, or the file says so: to the program that is the same.
for off in "1 year ago" "1 year"; do
    date -u -d "$off" +%FT%TZ >ALFA/clock
    refused "a clock a year off (in use $off)" ALFA BAD_CLOCK 1 node --listen "udp:127.0.0.1:${port[ALFA]}"
    at ALFA doctor >out.txt 2>&1
    verdict "doctor says so ($off)" "$(grep -q '^clock *LOOK ' out.txt; echo $?)"
done
"$program" node --listen "udp:127.0.0.1:${port[ALFA]}" --home "$work/ALFA" --trust-clock 2>>ALFA.log &
pid[ALFA]=$!
until_shown ALFA "our node up" status
verdict "--trust-clock: it starts, for the clock is right now" $?
stop ALFA KILL
at ALFA doctor >out.txt 2>&1
verdict "and from then on without it" "$(grep -q '^clock *good ' out.txt; echo $?)"
if command -v faketime >/dev/null && ! grep -q 'fsanitize=address' "$(dirname "$program")/build.ninja" 2>/dev/null; then
    faketime -f -400d timeout 15 "$program" init LATE Late --home "$work/LATE" --passphrase-file root-node >out.txt 2>err.txt
    code=$?
    verdict "a clock before any node existed: init" "$([ $code = 1 ] && grep -q '^detente: BAD_CLOCK: ' err.txt && [ ! -e LATE ]; echo $?)"
fi
verdict "kill -9 leaves a socket behind" "$([ -S ALFA/control.sock ]; echo $?)"
refused "a socket behind which nobody is" ALFA NO_NODE 6 status
start ALFA
good "the node starts again over it"

need at NORD backup "$work/copy"
refused "restore: a number in use" NEWH DUPLICATE 1 restore copy --number 1 --passphrase-file root-node
refused "restore: a number that is none" NEWH USAGE 2 restore copy --number 17 --passphrase-file root-node
need at TWICE restore copy --passphrase-file root-node
refused "restore: over a home" TWICE HOME_EXISTS 1 restore copy --passphrase-file root-node
at AGAIN restore copy --passphrase-file root-node --json >out.txt 2>err.txt
verdict "the same backup restored again gets another number" "$(grep -q '"number":3' out.txt; echo $?)"

# --- commands and records
refused "unknown option" NORD USAGE 2 status --frobnicate
refused "unknown command" NORD USAGE 2 frobnicate
# meant WHAT WORD PARTY ARGUMENTS...: refused, and the word is proposed
meant() {
    local what=$1 word=$2 who=$3; shift 3
    at "$who" "$@" >out.txt 2>err.txt
    verdict "$what: did you mean $word?" "$([ $? != 0 ] && grep -q "did you mean $word?" err.txt; echo $?)"
}
meant "a command mistyped" status NORD staus
meant "an option mistyped" --precedence NORD send text --precedense FLASH
meant "a second word mistyped" unlock NORD operator unlok 1
meant "a party mistyped" SUED NORD send text --to SEUD
meant "a party mistyped in an id" SUED NORD show SUDE.1-1-aaaa
refused "an option without its value" NORD USAGE 2 send text --to
refused "a word too many" NORD USAGE 2 status now
refused "no line" ALFA UNKNOWN_LINE 1 send text
refused "another line" NORD UNKNOWN_LINE 1 send text --line aaaa
refused "an addressee who is not on the line" NORD UNKNOWN_PARTY 1 send text --to MEDI
refused "an id that is none" NORD 'BAD_TEXT|USAGE|BAD_VALUE' '1|2' show nonsense
refused "unknown record" NORD UNKNOWN_RECORD 1 show NORD.1-4000-aaaa
refused "wrong check word" NORD UNKNOWN_RECORD 1 show "${first%-*}-aaaa"
refused "ack with a wrong check word" NORD UNKNOWN_RECORD 1 ack "${first%-*}-aaaa"
refused "a record of a party not on the line" NORD UNKNOWN_PARTY 1 show MEDI.1-1-aaaa
refused "an officer who is not there" SUED NOT_ON_WATCH 8 ack "$first" --as 9
need at SUED operator lock
refused "ack without an officer on watch" SUED NOT_ON_WATCH 8 ack "$first"
refused "send without an officer on watch" SUED NOT_ON_WATCH 8 send --to NORD "nobody is here"
refused "pair without an officer on watch" SUED NOT_ON_WATCH 8 pair NORD.card
refused "proof without an officer on watch" SUED NOT_ON_WATCH 8 prove "$first"
refused "bundle without an officer on watch" SUED NOT_ON_WATCH 8 bundle export nobody.bundle
at SUED inbox --all >out.txt 2>&1
verdict "without an officer on watch: the inbox is there, what is sealed is not shown" \
    "$(grep -q "^$first" out.txt && grep -q 'shown to an officer on watch' out.txt && ! grep -q 'a first message' out.txt; echo $?)"
need at SUED operator unlock 1 --passphrase-file officer
at SUED inbox --all >out.txt 2>&1
verdict "with one it is" "$(grep -q 'a first message' out.txt; echo $?)"
refused "lift by one officer" SUED 'NEEDS_SECOND|NOT_ALLOWED|WRONG_RECORD' 1 lift "$first"
refused "a time without a zone" NORD BAD_TIME 1 check-fire everywhere --since 2026-02-26T14:00
refused "a place that is none" NORD 'BAD_COORDINATE|BAD_TEXT|BAD_VALUE' 1 check-fire area 91,10,500
refused "proof of a record that is not there" NORD UNKNOWN_RECORD 1 prove NORD.1-4000-aaaa
printf 'DETENTE-BUNDLE-99\n' >later.bundle
refused "a bundle of a later version" NORD UNKNOWN_VERSION 1 bundle import later.bundle
sed '1s/@v1$/@v2/' "$top/examples/sample.tlog-proof" >later.proof
refused "a proof of a later version" NORD 'UNKNOWN_VERSION|BAD_TEXT' 1 verify-proof --trust "$top/examples/sample.card" later.proof
sed 's/^detente-home 1/detente-home 99/' SEAL/party >later.party
mkdir -m 700 LATER
cp later.party LATER/party
refused "a home of a later version" LATER UNKNOWN_VERSION 1 status
cp SEAL/keys/node.key kept.key
printf '\002' | dd of=SEAL/keys/node.key bs=1 seek=1 conv=notrunc status=none
refused "a key file of a later version" SEAL UNKNOWN_VERSION 1 node --listen "udp:127.0.0.1:$((base += 7))" --passphrase-file node
cp kept.key SEAL/keys/node.key
refused "a bundle that is none" NORD 'BAD_TEXT|UNKNOWN_VERSION|TRUNCATED|IO|BAD_TYPE' 1 bundle import "$top/LICENSE"
head -c 70000 /dev/zero | tr '\0' 'x' >long.txt
at NORD send - <long.txt >out.txt 2>err.txt
verdict "a text too long" "$([ $? = 1 ] && grep -q '^detente: TOO_LARGE: ' err.txt; echo $?)"
printf 'a\xffb' >latin.txt
at NORD send - <latin.txt >out.txt 2>err.txt
verdict "a text that is not UTF-8" "$([ $? = 1 ] && grep -q '^detente: BAD_UTF8: ' err.txt; echo $?)"
refused "an argument that is not UTF-8" NORD BAD_UTF8 1 send $'caf\xe9'
need at NORD send --to SUED --wait $'red \e[31malert\e[0m \e]0;title\a end'
at SUED log --limit 100 >out.txt 2>&1
verdict "escapes of a terminal are shown harmless" \
    "$(grep -q 'alert' out.txt && ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out.txt; echo $?)"
at NORD send --wait --timeout 1 --to SUED "while they listen" >/dev/null 2>&1
verdict "send --wait: all have it" $?
kill -STOP "${pid[SUED]}"
at NORD send --wait --timeout 1 --to SUED "while they sleep" --json >out.txt 2>err.txt
code=$?
kill -CONT "${pid[SUED]}"
verdict "send --wait --timeout: says who has it, status 7" \
    "$([ $code = 7 ] && grep -q 'TIMEOUT.*not yet by SUED' err.txt && grep -q '"missing":\["SUED"\]' out.txt; echo $?)"
printf 'send --wait --timeout\tTIMEOUT\t%s\n' "$(tail -n 1 out.txt)" >>json.txt
verdict "both nodes answer after all that" "$(at NORD status >/dev/null && at SUED status >/dev/null; echo $?)"

# --- GeoJSON
day=$(date -u -d tomorrow +%F)
# feature FILE GEOMETRY [PROPERTIES]: a file with one feature; later properties win
feature() {
    python3 - "$@" "$day" <<'PY'
import json, sys
path, geometry, day = sys.argv[1], sys.argv[2], sys.argv[-1]
more = json.loads(sys.argv[3]) if len(sys.argv) > 4 else {}
p = {"category": "STATIC", "request": "ADD_TO_NO_STRIKE", "title": "Post", "radius_m": 300,
     "start": f"{day}T00:00:00Z", "end": f"{day}T12:00:00Z"}
p.update(more)
p = {k: v for k, v in p.items() if v is not None}
g = '{"type":"Feature","properties":%s,"geometry":%s}' % (json.dumps(p), geometry)
open(path, "w", encoding="utf-8").write(g)
PY
}
point='{"type":"Point","coordinates":[47.2,15.1]}'
square='[[47.6,15.1],[47.7,15.1],[47.7,15.2],[47.6,15.2],[47.6,15.1]]'
feature good.json '{"type":"Point","coordinates":[47.1,15.2]}'
need at NORD notice add good.json
named='{"type":"Point","coordinates":[47.11,15.21]}'
feature named.json "$named" '{"id":"post-1"}'
need at NORD notice add named.json
verdict "the same file twice changes nothing and says so" \
    "$(at NORD notice add named.json | grep -q 'unchanged'; echo $?)"
feature f "$named" '{"id":"post-1","title":"Another"}'
refused "GeoJSON: the same id, other content" NORD CHANGED 1 notice add f
feature f "$named" '{"start":"2026-01-02T00:00:00Z","end":"2026-01-02T12:00:00Z"}'
refused "GeoJSON: over already" NORD IN_THE_PAST 1 notice add f
verdict "what is over can be recorded with --past" "$(at NORD notice add --past f >/dev/null; echo $?)"
printf '<gpx><wpt lat="15.2" lon="47.15"><name>Well</name></wpt></gpx>' >f
verdict "a waypoint of a GPX file becomes a notice, its other fields from options" \
    "$(at NORD notice add f --category STATIC --request ADD_TO_NO_STRIKE --start "${day}T00:00Z" --end "${day}T12:00Z" \
        --radius 1000ft | grep Well >/dev/null; echo $?)"
refused "GPX without what it cannot say" NORD MISSING_FIELD 1 notice add f
printf '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>' >f
refused "XML with entities" NORD NOT_ALLOWED 1 notice add f
# zipped NAME BYTES: file f is an archive of one file
zipped() {
    python3 -c 'import sys, zipfile
with zipfile.ZipFile("f", "w", zipfile.ZIP_DEFLATED) as z: z.writestr(sys.argv[1], sys.argv[2] * int(sys.argv[3]))' "$@"
}
place='<kml><Placemark><name>Depot</name><Point><coordinates>47.15,15.3</coordinates></Point></Placemark></kml>'
given=(--category STATIC --request INFORM_ONLY --start "${day}T00:00Z" --end "${day}T12:00Z" --radius "1 NM")
zipped doc.kml "$place" 1
verdict "a KMZ becomes a notice" "$(at NORD notice add f "${given[@]}" | grep Depot >/dev/null; echo $?)"
refused "KMZ without what it cannot say" NORD MISSING_FIELD 1 notice add f
zipped doc.kml x 30000000
refused "KMZ that grows to 30 MB" NORD TOO_LARGE 1 notice add f "${given[@]}"
zipped doc.txt x 1
refused "ZIP without a .kml" NORD BAD_TYPE 1 notice add f "${given[@]}"
printf 'PK\3\4 and nothing of an archive' >f
refused "KMZ that is none" NORD BAD_TEXT 1 notice add f "${given[@]}"
printf '<gpx><wpt lat="15.2"></gpx>' >f
refused "XML that ends early" NORD BAD_TEXT 1 notice add f
verdict "and which line it was" "$(grep -q 'line 1: no valid XML' json.txt; echo $?)"
printf '<gpx><wpt lat="15.2" lon="47.15"><name>Well</name></wpt></gpx>' >f
# The program that reads XML, without the checks that come before it: no file, no growth.
reader=$(dirname "$program")/detente-read
if [ -x "$reader" ]; then
    echo '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>' | timeout 30 "$reader" xml >out.txt 2>&1
    verdict "detente-read opens no other file" "$(! grep -q root: out.txt; echo $?)"
    { printf '<!DOCTYPE a [<!ENTITY x0 "lol">'
      for i in 1 2 3 4 5 6 7 8 9; do
          printf '<!ENTITY x%d "' $i; for _ in 1 2 3 4 5 6 7 8 9 0; do printf '&x%d;' $((i - 1)); done; printf '">'
      done
      printf ']><a b="&x9;"/>'; } | timeout 30 "$reader" xml >out.txt 2>&1
    code=$?
    verdict "detente-read refuses entities that grow" "$([ $code -eq 3 ] && [ "$(stat -c %s out.txt)" -lt 100 ]; echo $?)"
fi
cp "$program" alone
timeout 15 ./alone notice check f "${given[@]}" --home "$work/NORD" >out.txt 2>err.txt
verdict "without detente-read beside it: said, not read" "$([ -e /usr/local/libexec/detente-read ] || grep -q '^detente: IO: .*detente-read cannot be run' err.txt; echo $?)"
printf 'title,lat,lon,radius\nA,15.2,47.15,300 m\nB,15.2,47.16,300\n' >f
refused "CSV: metres or feet, and no row of it is sent" NORD BAD_VALUE 1 notice add f
geo() { # WHAT NAME FILE
    refused "GeoJSON: $1: check" NORD "$2" 1 notice check "$3"
    refused "GeoJSON: $1: add" NORD "$2" 1 notice add "$3"
}
feature f '{"type":"Point","coordinates":[15.1,47.2]}'; geo "latitude and longitude swapped" SWAPPED f
feature f '{"type":"Point","coordinates":[-120.0,10.0]}'; geo "far from everything" FAR_AWAY f
feature f '{"type":"Point","coordinates":[36.9,95.0]}'; geo "outside the world" 'BAD_COORDINATE|SWAPPED' f
feature f "{\"type\":\"Polygon\",\"coordinates\":[${square%,*,*}]]}"; geo "open ring" 'OPEN_RING|DEGENERATE' f
feature f '{"type":"Polygon","coordinates":[[[47.6,15.1],[47.7,15.2],[47.7,15.1],[47.6,15.2],[47.6,15.1]]]}'
geo "crossing ring" CROSSING_RING f
feature f '{"type":"Polygon","coordinates":[[[47.6,15.1],[47.7,15.1],[47.6,15.1]]]}'; geo "no extent" 'DEGENERATE|OPEN_RING' f
feature f "$point" "{\"end\":\"${day}T00:00:00Z\",\"start\":\"${day}T12:00:00Z\"}"; geo "end before start" END_BEFORE_START f
feature f "$point" '{"category":"FLIGHT","request":"INFORM_ONLY"}'; geo "a flight without altitude" MISSING_ALTITUDE f
feature f '{"type":"Point","coordinates":[NaN,15.1]}'; geo "NaN" 'BAD_TEXT|BAD_VALUE' f
feature f "$point" '{"category":"PICNIC"}'; geo "unknown category" 'BAD_VALUE' f
feature f "$point" '{"radius_m":null}'; geo "a point without radius" MISSING_FIELD f
feature f "$point" '{"radius":300}'; geo "a property misspelt" UNKNOWN_FIELD f
feature f "$point" '{"title":null}'; geo "no title" MISSING_FIELD f
feature f "$point" '{"start":"tomorrow"}'; geo "a time that is none" BAD_TIME f
feature f "$point" '{"radius_m":"wide"}'; geo "a radius that is no number" 'BAD_TYPE|BAD_VALUE' f
head -c 5000000 /dev/zero | tr '\0' '[' >f; head -c 5000000 /dev/zero | tr '\0' ']' >>f; geo "10 MB of nesting" 'TOO_DEEP|BAD_TEXT|TOO_LARGE' f
head -c 11000000 /dev/zero | tr '\0' ' ' >f; geo "larger than 10 MB" TOO_LARGE f
iconv -t UTF-16 good.json >f; geo "UTF-16" BAD_UTF8 f
head -c 100 good.json >f; geo "cut" 'BAD_TEXT|TRUNCATED' f
: >f; geo "empty" 'BAD_TEXT|TRUNCATED' f
python3 - good.json >f <<'PY'
import json, sys
one = json.load(open(sys.argv[1]))
two = json.loads(json.dumps(one))
two["properties"]["category"] = "PICNIC"
print(json.dumps({"type": "FeatureCollection", "features": [one, two]}))
PY
geo "the second of two is wrong: neither is sent" BAD_VALUE f

# --- disk
stop MEDI; need [ $? = 0 ]
cp MEDI/detente.db kept.db
sqlite3 MEDI/detente.db 'PRAGMA user_version = 9000' || bad "sqlite3"
refused "a store from the future" MEDI UNKNOWN_VERSION 1 node --listen "udp:127.0.0.1:${port[MEDI]}"
cp kept.db MEDI/detente.db
python3 - MEDI/detente.db <<'PY'
import os, sys
size = os.path.getsize(sys.argv[1])
with open(sys.argv[1], "r+b") as f:
    f.seek(100)
    f.write(os.urandom(min(size, 65536) - 100))
PY
rm -f MEDI/detente.db-wal MEDI/detente.db-shm
refused "a damaged store" MEDI 'STORE_DAMAGED|STORE' 1 node --listen "udp:127.0.0.1:${port[MEDI]}"
head -c 4096 /dev/urandom >MEDI/detente.db
refused "a store that is none" MEDI 'STORE_DAMAGED|STORE' 1 node --listen "udp:127.0.0.1:${port[MEDI]}"
cp kept.db MEDI/detente.db
start MEDI
good "with the store back it starts"

. "$top/tests/e2e/full_disk.sh"
. "$top/tests/e2e/strangers.sh"

# --- the errors that programs read
python3 - json.txt <<'PY'
import json, re, sys
wrong = 0
for line in open(sys.argv[1], encoding="utf-8", errors="strict"):
    what, name, text = line.rstrip("\n").split("\t", 2)
    try:
        value = json.loads(text)
        if not (re.fullmatch(name, value["error"]) and value["text"]) or set(value) - {"error", "text", "detail"}:
            raise ValueError(text)
    except (ValueError, KeyError, TypeError) as e:
        wrong += 1
        print(f"     {what}: {e}")
sys.exit(wrong != 0)
PY
verdict "with --json every error is an object: $(wc -l <json.txt)" $?
for p in NORD SUED MEDI ALFA; do
    stop $p
    verdict "the node of $p ends cleanly" $?
    if grep -qE 'Sanitizer|runtime error' $p.log; then bad "the node of $p: $(grep -m1 -E 'Sanitizer|runtime error' $p.log)"; fi
done
at NORD verify >out.txt 2>&1
verdict "what is on the disk of NORD is what was signed" $?
finish
