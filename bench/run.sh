#!/bin/sh
# bench/run.sh BUILD [--quick] [FIGURE...]: prints the figures, keeps them in bench/results/DATE.jsonl.
# A figure measured again on the same day replaces its line; a quick run keeps nothing.
set -eu
build=$1
shift
results=$(dirname "$0")/results/$(date +%F).jsonl
new=$(mktemp)
trap 'rm -f "$new" "$new.all"' EXIT
mkdir -p "$(dirname "$results")"
"$build/bench/line_bench" "$@" | tee "$new"
case " $* " in *" --quick "*) exit 0 ;; esac
touch "$results"
python3 - "$results" "$new" >"$new.all" <<'PY'
import json, sys
kept = {}
for path in sys.argv[1:]:
    for line in open(path, encoding="utf-8"):
        figure = json.loads(line)
        kept[figure["figure"], figure.get("against")] = line
sys.stdout.write("".join(kept.values()))
PY
mv "$new.all" "$results"
