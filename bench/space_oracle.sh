#!/bin/sh
# bench/space_oracle.sh BUILD KIT: recall and precision against the kit's oracle (brute force over PROJ), one JSON line each:
# 1,000,000 random pairs, and questions placed within centimetres of the threshold.
set -eu
build=$(cd "$1" && pwd)
kit=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ ! -f "$kit/oracle.c" ]; then
	for f in recall precision; do
		echo "{\"figure\": \"space.$f\", \"value\": null, \"unit\": \"\", \"note\": \"no oracle beside the project; tests/geo has a smaller one\"}"
	done
	exit 0
fi
cd "$scratch"
for p in gen oracle near; do
	${CC:-cc} -O2 -w -o $p "$kit/$p.c" -I"$kit" -lproj -lm
done
./gen 42 0 1000000 0 volumes.csv
./gen 42 1 1000 0 questions.csv
head -1001 volumes.csv >thousand.csv
./gen 42 0 20000 1 towns.csv
for sep in 0:0 1000:100; do
	h=${sep%:*} v=${sep#*:}
	./oracle thousand.csv 1000 questions.csv 1000 "$h" "$v" all.true -nobound 2>/dev/null
	"$build/bench/space_bench" --answers thousand.csv questions.csv "$h" "$v" all.ours
	head -301 questions.csv >q.csv
	./oracle volumes.csv 1000000 q.csv 300 "$h" "$v" million.true 2>/dev/null
	"$build/bench/space_bench" --answers volumes.csv q.csv "$h" "$v" million.ours
	for set in thousand towns; do
		n=$(($(wc -l <$set.csv) - 1))
		[ "$n" -le 2000 ] || n=2000
		./near $set.csv "$n" "$h" near.csv
		./oracle $set.csv "$n" near.csv "$n" "$h" "$v" "near-$set.true" 2>/dev/null
		head -$((n + 1)) $set.csv >head.csv
		"$build/bench/space_bench" --answers head.csv near.csv "$h" "$v" "near-$set.ours"
	done
	for name in all:1000000 million:300000000 near-thousand:1000000 near-towns:4000000; do
		python3 - "$name" "$h" "$v" <<'PY'
import json, sys
name, pairs = sys.argv[1].split(":")
rows = [line.split() for line in open(name + ".true")]
either = {tuple(r[:2]) for r in rows if len(r) > 2}   # within a millimetre of the threshold
true = {tuple(r) for r in rows if len(r) == 2}
ours = {tuple(line.split()) for line in open(name + ".ours")} - either
for figure, part, whole in (("recall", true & ours, true), ("precision", true & ours, ours)):
    print(json.dumps({"figure": "space." + figure, "value": len(part) / len(whole) if whole else 1.0, "unit": "",
                      "against": name, "lateral_m": int(sys.argv[2]), "vertical_m": int(sys.argv[3]), "limit": 1.0,
                      "note": "%s pairs, %d conflicts, %d may go either way" % (pairs, len(true), len(either))}))
PY
	done
done
