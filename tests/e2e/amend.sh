#!/bin/bash
# SPDX-License-Identifier: ISC
# amend.sh - whom an amendment goes to: those of the version amended, or whom --to names.
# usage: DETENTE=build/detente tests/e2e/amend.sh
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
for p in NORD SUED MEDI; do home $p "Party $p"; start $p; done
for p in SUED MEDI; do need at NORD pair $p.card; need at $p pair NORD.card; done
need at SUED pair MEDI.card
need at MEDI pair SUED.card
need at NORD line create --title "River line" --member SUED.card --member MEDI.card -o river.charter --passphrase-file root
for p in SUED MEDI; do
    need at $p line accept river.charter --yes --passphrase-file root
    need until_shown NORD "log of $p" status
done

day=$(date -u -d '+3 days' +%Y-%m-%d)
file() { # NAME WORDS
    echo '{"type":"Feature","geometry":{"type":"Point","coordinates":[37,36]},"properties":{"category":"STATIC","request":"PASSAGE","title":"'"$2"'","start":"'"$day"'T00:00Z","end":"'"$day"'T12:00Z","radius_m":50}}' >"$1"
}
# add and amend, with these options of each; whom the amendment is addressed to
amended_to() { # ADD-OPTIONS AMEND-OPTIONS NAME
    local id
    file new.geojson "$3"
    # shellcheck disable=SC2086
    id=$(at NORD notice add new.geojson --yes $1 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["items"][0]["id"])')
    file changed.geojson "$3 changed"
    # shellcheck disable=SC2086
    id=$(at NORD notice amend "$id" changed.geojson --yes $2 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')
    at NORD show "$id" --json | python3 -c 'import json,sys; print(*json.load(sys.stdin)["to"] or ["everybody"])'
}
verdict "to those whom the version went to" "$([ "$(amended_to "--to SUED" "" one)" = SUED ]; echo $?)"
verdict "to several of them" "$([ "$(amended_to "--to MEDI,SUED" "" two)" = "SUED MEDI" ]; echo $?)"
verdict "to everybody, if that was so" "$([ "$(amended_to "" "" three)" = everybody ]; echo $?)"
verdict "to whom --to says" "$([ "$(amended_to "--to SUED" "--to SUED,MEDI" four)" = "SUED MEDI" ]; echo $?)"
finish
