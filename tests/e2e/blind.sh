#!/bin/bash
# SPDX-License-Identifier: ISC
# blind.sh - two parties over two real nodes learn which of their plans share a cell, and nothing
# else: neither logs nor homes nor what went over the wire hold a cell of either.
# usage: DETENTE=build/detente tests/e2e/blind.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
here=$top/tests/e2e
says() { verdict "$1" "$(grep -qE -- "$2" out.txt; echo $?)"; }
run() { local who=$1; shift; timeout 120 "$program" "$@" --home "$work/$who" >out.txt 2>err.txt </dev/null; }
bad() { failed=$((failed + 1)); echo "FAIL $*"; head -c 600 out.txt err.txt; }
front=()
at_leave() { [ -n "${relay:-}" ] && kill "$relay" 2>/dev/null; }

day=$(date -u -d "+2 days" +%F) later=$(date -u -d "+5 days" +%F)
plan() { # TITLE LAT LON FROM UNTIL
    printf '{"type":"Feature","geometry":{"type":"Point","coordinates":[%s,%s]},"properties":{"title":"%s","category":"MOVEMENT","request":"INFORM_ONLY","radius_m":500,"start":"%s","end":"%s","alt_lower_m":0,"alt_upper_m":100,"alt_datum":"SFC"}}' \
        "$3" "$2" "$1" "$4" "$5"
}
plans() { local first=$1; shift; printf '{"type":"FeatureCollection","features":[%s' "$first"; printf ',%s' "$@"; printf ']}\n'; }
plans "$(plan "Column Alder" 36.21 37.15 ${day}T06:00:00Z ${day}T09:00:00Z)" \
    "$(plan "Column Birch" 36.95 38.85 ${day}T06:00:00Z ${day}T09:00:00Z)" >nord.geojson
plans "$(plan "Patrol Uno" 36.215 37.155 ${day}T08:00:00Z ${day}T08:30:00Z)" \
    "$(plan "Patrol Due" 36.95 38.85 ${later}T06:00:00Z ${later}T09:00:00Z)" \
    "$(plan "Patrol Tre" 35.05 37.05 ${day}T06:00:00Z ${day}T09:00:00Z)" >sued.geojson

home NORD "Republic of Norden"
home SUED "Southern Federation"
home MEDI "Mediation Mission"
for p in NORD SUED; do # others reach them by way of the relay
    front[${#front[@]}]=$((port[$p] + 3)):${port[$p]}
    need at $p card --endpoint "udp:127.0.0.1:$((port[$p] + 3))" --contact "tel:+99 1" --passphrase-file root
    need at $p card export -o $p.card
done
python3 "$here/relay.py" frames "${front[@]}" >relay.out &
relay=$!
start NORD
start SUED
start MEDI
for p in NORD SUED; do need at $p pair MEDI.card; need at MEDI pair $p.card; done
need at NORD pair SUED.card
need at SUED pair NORD.card
need at NORD line create --title "Exercise River" --class exercise --member SUED.card --member MEDI.card \
    --passphrase-file root -o river.charter
need at SUED line accept river.charter --yes --passphrase-file root
need at MEDI line accept river.charter --yes --passphrase-file root
need until_shown SUED "log of NORD.1: [2-9]" status
need until_shown NORD "log of SUED.1: [2-9]" status
need until_shown MEDI "log of SUED.1: [2-9]" status
need until_shown SUED "log of MEDI.1: [2-9]" status
need until_shown NORD "log of MEDI.1: [2-9]" status

# --- what is refused at once
run NORD blind propose nord.geojson
verdict "propose: to whom?" "$([ $? = 2 ]; echo $?)"
run NORD blind propose --to SUED --size 15 nord.geojson
verdict "propose: too small a list" "$([ $? = 2 ]; echo $?)"
run NORD blind propose --to OST nord.geojson
verdict "propose: no such member" "$(grep -q UNKNOWN_PARTY err.txt; echo $?)"
run NORD blind propose --to SUED --size 16 --slot 5 nord.geojson
verdict "propose: plans that do not fit are refused as a whole" "$(grep -q CAPACITY err.txt; echo $?)"
run NORD blind list --json
verdict "nothing of that is in the log" "$(grep -q '"items":\[\]' out.txt; echo $?)"

# --- a run, step by step; NORD enters what `plan add` keeps
run NORD blind propose --to SUED --size 128
verdict "propose: nothing to ask about" "$([ $? = 2 ]; echo $?)"
need at NORD plan add nord.geojson
run NORD blind propose --to SUED --size 128
verdict "propose" $?
id=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown SUED "$id" inbox
good "the other side's officer is asked"
run SUED inbox
says "and told how to answer" "detente blind answer $id FILE, or --decline"
run NORD blind answer "$id" nord.geojson
verdict "nobody answers himself" "$(grep -q NOT_ALLOWED err.txt; echo $?)"
need at SUED operator lock
run SUED blind answer "$id" sued.geojson
verdict "no answer without an officer" "$([ $? = 8 ] && grep -q NOT_ON_WATCH err.txt; echo $?)"
need at SUED operator unlock 1 --passphrase-file officer
run SUED blind answer "$id" sued.geojson --json
verdict "answer" $?
says "answer: nothing is known yet" '"done":false'
run SUED blind answer "$id" sued.geojson
verdict "answered once" "$(grep -q DUPLICATE err.txt; echo $?)"
need until_shown NORD '"messages":3' blind show "$id" --json
run NORD blind continue "$id" --json
verdict "continue: list and reply" $?
says "who asks tells first" '"done":false,.*"messages":5|"messages":5.*"done":false|"messages":3'
need stop SUED
start SUED
need until_shown SUED '"messages":5' blind show "$id" --json
good "a run goes on after a restart"
run SUED blind continue "$id" --json
verdict "the other side knows: status 5" "$([ $? = 5 ]; echo $?)"
cp out.txt sued.json
need until_shown NORD '"messages":6' blind show "$id" --json
run NORD blind continue "$id" --json
verdict "and so do we" "$([ $? = 5 ]; echo $?)"
cp out.txt nord.json
verdict "each learns its own plan that meets, and no other" "$(python3 - <<'P'
import json
n, s = json.load(open("nord.json")), json.load(open("sued.json"))
assert [p["title"] for p in n["plans"]] == ["Column Alder"], n
assert [p["title"] for p in s["plans"]] == ["Patrol Uno"], s
assert n["common"] == s["common"] > 0 and n["done"] and s["done"]
assert n["plans"][0]["cells"] == s["plans"][0]["cells"]
assert not n["flagged"] and not s["flagged"]
for words in (json.dumps(n),):
    assert "Patrol" not in words
P
echo $?)"
run NORD blind show "$id"
says "in words: never more than possible" '^"Column Alder": possible, at cell level$'
says "in words: no permission" 'This is not a permission'
verdict "never clear, safe" "$(! grep -qiE '\b(clear|safe|permitted)\b' out.txt; echo $?)"
run SUED inbox --all
says "the inbox keeps what was answered" "^$id .* BLIND"
run NORD blind list
says "list" "^$id  NORD -> SUED .* done"
run NORD blind continue "$id"
verdict "again: the same" "$([ $? = 5 ]; echo $?)"

# --- a copy of the home is worth nothing without an officer, and has what the run left
need at NORD backup "$work/copy"
verdict "a backup has what is kept of runs, sealed" "$(cmp -s "$work/copy/blind/$id" "$work/NORD/blind/$id"; echo $?)"

# --- opened before a third party
for p in NORD SUED; do
    run $p blind open "$id" -o $p.opened
    verdict "$p: open" $?
    timeout 60 "$program" blind verify --trust $p.card $p.opened --json >$p.verdict 2>err.txt
    verdict "a third party verifies what $p had entered" $?
    timeout 60 "$program" blind verify $p.opened >out.txt 2>err.txt
    verdict "without a card it says so: status 3" "$([ $? = 3 ]; echo $?)"
done
sed 's/^opening \(.\{200\}\)./opening \1A/' NORD.opened >changed.opened
cmp -s NORD.opened changed.opened && sed 's/^opening \(.\{200\}\)./opening \1B/' NORD.opened >changed.opened
timeout 60 "$program" blind verify --trust NORD.card changed.opened >out.txt 2>err.txt
verdict "one letter changed: does not open" "$([ $? = 1 ]; echo $?)"
# The opening of one side with the case of the other is that side's all the same.
{ sed -n 1,2p NORD.opened; tail -n +3 SUED.opened; } >mixed.opened
timeout 60 "$program" blind verify --trust NORD.card --json mixed.opened >out.txt 2>err.txt
says "the case may come from either side" '"opened":"NORD"'

# --- what a third member of the line sees of it
need until_shown MEDI 'BLIND' log --limit 1000
run MEDI blind list
says "another member sees that they asked" "^$id  NORD -> SUED"
run MEDI blind show "$id"
verdict "and is shown no run" "$([ $? = 1 ] && grep -q NOT_ADDRESSED err.txt; echo $?)"
for ((i = 0; i < 100; i++)); do
    need at MEDI prove --case "$id" -o MEDI.case
    [ "$(grep -c '^record ' MEDI.case)" = "$(grep -c '^record ' SUED.case 2>/dev/null || echo none)" ] && break
    at SUED prove --case "$id" -o SUED.case >/dev/null
    sleep 0.1
done
verdict "it opens no reply, so it cannot count what they have in common" "$(PYTHONPATH=$top/tests/reference python3 - <<'P'
import base64, pathlib, re
import detente_ref as d

def replies(who):
    """Of the records of messages 4 and 5: how many, and how many are opened."""
    out = []
    for x in re.findall(rb"^extra ([A-Za-z0-9+/=]+)$", pathlib.Path(who + ".case").read_bytes(), re.M):
        header, body, _, opening = d.decode(base64.b64decode(x))
        if d.decode(header)[1] == 28 and d.decode_map(body)[5] >= 4:
            out.append(opening is not None)
    return len(out), sum(out)

assert replies("SUED") == (2, 2), replies("SUED")
assert replies("MEDI") == (2, 0), replies("MEDI")
P
echo $?)"

# --- what nobody finds
need at NORD prove --case "$id" -o NORD.case
need at SUED prove --case "$id" -o SUED.case
sleep 1
verdict "no cell of either is in logs, homes, frames or what the other was shown" "$(python3 - <<'P'
import base64, json, pathlib, re

def opened(path):
    """Every byte string that a case file shows: headers, bodies, opened parts."""
    blob = pathlib.Path(path).read_bytes()
    return blob + b"".join(base64.b64decode(x) for x in re.findall(rb"^extra ([A-Za-z0-9+/=]+)$", blob, re.M))

cells = {}
for side in ("NORD", "SUED"):
    v = json.load(open(side + ".verdict"))
    assert v["identified"] and v["complete"] and v["opened"] == side and v["cells"], v
    out = set()
    for c in v["cells"]:
        place = (c["lat"] + 900000000) // 1000000 * 3600 + (c["lon"] + 1800000000) // 1000000
        slot = c["from"] // (c["until"] - c["from"])
        out.add((place << 40 | slot + (1 << 39)).to_bytes(8, "big"))
    assert len(out) == len(v["cells"])
    cells[side] = out
assert len(cells["NORD"] & cells["SUED"]) == v["common"]
hay = {"frames": pathlib.Path("frames").read_bytes(), "NORD case": opened("NORD.case"), "SUED case": opened("SUED.case")}
assert len(hay["frames"]) > 20000 and len(hay["NORD case"]) > 20000
for side in ("NORD", "SUED", "MEDI"):
    files = [f for f in pathlib.Path(side).rglob("*") if f.is_file()]
    assert any(f.parent.name == "blind" for f in files) == (side != "MEDI"), files
    for f in files:
        hay[str(f)] = f.read_bytes()
count = 0
for name, blob in hay.items():
    for cell in cells["NORD"] | cells["SUED"]:
        for form in (cell, cell[::-1], cell.hex().encode(), base64.b64encode(cell)[:10]):
            assert form not in blob, (name, form)
            count += 1
    for title in (b"Column", b"Patrol"):
        assert title not in blob, (name, title)
assert count > 1000
# the needle is found where it is: in an opening
text = pathlib.Path("NORD.opened").read_text().splitlines()[1].split()[1]
assert all(cell in base64.b64decode(text) for cell in cells["NORD"])
P
echo $?)"

# --- both wait: one command at each side, over a link that loses every eighth datagram
touch lossy
(timeout 100 "$program" blind propose --to NORD --size 128 --wait --timeout 90 sued.geojson --json --home "$work/SUED" \
    >wait.json 2>wait.err </dev/null; echo $? >wait.status) &
need until_shown NORD '^SUED.1-' blind list
need until_shown NORD 'BLIND' inbox
run NORD blind list
theirs=$(grep -oE '^SUED\.1-[0-9]+-[a-z2-7]{4}' out.txt)
run NORD blind answer "$theirs" nord.geojson --wait --timeout 90
verdict "answer --wait goes on to the end" "$([ $? = 5 ]; echo $?)"
says "with what is common" '^"Column Alder": possible'
wait $!
rm lossy
verdict "propose --wait too" "$([ "$(cat wait.status)" = 5 ] && grep -q '"title":"Patrol Uno"' wait.json; echo $?)"

# --- declined, given up, and the caps
run NORD blind propose --to SUED --size 64 nord.geojson
second=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
need until_shown SUED "$second" inbox
run SUED blind answer "$second" --decline
verdict "decline" $?
need until_shown NORD declined blind show "$second" --json
good "the other side sees it"
run NORD blind propose --to SUED --size 10240 nord.geojson
verdict "the area cap of a day" $?
third=$(grep -oE '^NORD\.1-[0-9]+-[a-z2-7]{4}' out.txt)
run NORD blind propose --to SUED --size 10240 nord.geojson
verdict "beyond it our own node refuses" "$([ $? = 1 ] && grep -q QUOTA err.txt; echo $?)"
run NORD blind give-up "$third"
verdict "give up" $?
for i in 5 6 7 8; do need at NORD blind propose --to SUED --size 16 --slot 1440 nord.geojson; done
run NORD blind propose --to SUED --size 16 --slot 1440 nord.geojson
verdict "the rate cap of a day: eight runs" "$([ $? = 1 ] && grep -q QUOTA err.txt; echo $?)"
run SUED blind list --json
verdict "none is flagged that kept to it" "$(python3 -c '
import json
items = json.load(open("out.txt"))["items"]
assert not any(i["beyond"] for i in items), items
assert {"done", "declined", "proposed"} <= {i["state"] for i in items}, items
'; echo $?)"

finish
