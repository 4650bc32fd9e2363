#!/bin/bash
# SPDX-License-Identifier: ISC
# bench/space_check.sh BUILD [--quick]: `notice check` of one plan against 5,000 notices of another party, through real nodes:
# from the start of the process to its answer. One JSON line.
set -eu
program=$(cd "$1" && pwd)/detente
count=5000 runs=400
case " $* " in *" --quick "*) count=500 runs=50 ;; esac
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work LC_ALL=C.UTF-8 LANGUAGE=en
nodes=()
finish() {
	for p in "${nodes[@]}"; do kill "$p" 2>/dev/null || true; done
	wait
	rm -rf "$work"
}
trap finish EXIT
cd "$work"
quiet() { local who=$1; shift; "$program" "$@" --home "$work/$who" >>"$work/out" 2>&1 || { cat "$work/out" >&2; echo "failed: $*" >&2; exit 1; }; }
printf 'root of the node key\n\n' >root-node
printf 'root of the node key\nofficer on watch\n' >root-officer
printf 'officer on watch\n' >officer
printf 'root of the node key\n' >root
port=$((20000 + RANDOM % 20000))
for p in NORD SUED; do
	port=$((port + 7))
	quiet $p init $p "Party $p" --passphrase-file root-node
	quiet $p operator add "Watch officer" --passphrase-file root-officer
	quiet $p operator unlock 1 --passphrase-file officer
	quiet $p card --endpoint "udp:127.0.0.1:$port" --passphrase-file root
	quiet $p card export -o $p.card
	"$program" node --listen "udp:127.0.0.1:$port" --home "$work/$p" 2>>"$work/$p.log" &
	nodes+=($!)
done
sleep 1
quiet NORD pair SUED.card
quiet SUED pair NORD.card
quiet NORD line create --title "Measured line" --class exercise --member SUED.card --passphrase-file root -o line.charter
quiet SUED line accept line.charter --yes --passphrase-file root
python3 - "$count" <<'PY'
import datetime, json, random, sys
random.seed(5000)
day = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
def when(minutes):
    return (day + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%MZ")
def feature(i):
    lat, lon, start = random.uniform(34.7, 37.3), random.uniform(35.4, 38.6), random.randrange(0, 6 * 1440)
    kind, p = random.random(), {"title": "Activity %s" % i, "request": "AVOID_WINDOW", "start": when(start),
                                "end": when(start + random.randrange(10, 720)), "alt_lower_m": 0, "alt_upper_m": 30, "alt_datum": "SFC"}
    if kind < 0.4:
        p.update(category="STATIC", radius_m=random.randrange(50, 500))
        g = {"type": "Point", "coordinates": [lon, lat]}
    elif kind < 0.7:
        p.update(category="EVAC", half_width_m=random.randrange(200, 2000))
        route = [[lon, lat]]
        for _ in range(random.randrange(3, 9)):
            route.append([route[-1][0] + random.uniform(0, 0.06), route[-1][1] + random.uniform(-0.05, 0.05)])
        g = {"type": "LineString", "coordinates": route}
    else:
        import math
        p.update(category="STATIC")
        n, r = random.randrange(5, 13), random.uniform(0.003, 0.09)
        ring = [[lon + r * math.cos(2 * math.pi * k / n) * random.uniform(.6, 1), lat + r * math.sin(2 * math.pi * k / n) * random.uniform(.6, 1)] for k in range(n)]
        g = {"type": "Polygon", "coordinates": [ring + ring[:1]]}
    return {"type": "Feature", "properties": p, "geometry": g}
many = [feature(i) for i in range(int(sys.argv[1]))]
for at in range(0, len(many), 500):
    json.dump({"type": "FeatureCollection", "features": many[at:at + 500]}, open("many-%05d.geojson" % at, "w"))
plan = feature("asked")  # a day over 40 km: some of them are in its way
plan["properties"] = {"title": "Plan", "category": "EXERCISE_ACT", "request": "INFORM_ONLY", "start": when(1440), "end": when(2880),
                      "alt_lower_m": 0, "alt_upper_m": 100, "alt_datum": "SFC"}
plan["geometry"] = {"type": "Polygon", "coordinates": [[[36.8, 35.8], [37.2, 35.8], [37.25, 36.1], [37.0, 36.2], [36.75, 36.05], [36.8, 35.8]]]}
json.dump({"type": "FeatureCollection", "features": [plan]}, open("plan.geojson", "w"))
PY
for f in many-*.geojson; do
	quiet SUED notice add "$f" --to NORD --far-away --that-fast # drawn at random: places and speeds look like slips
done
python3 - "$program" "$work/NORD" "$count" "$runs" <<'PY'
import json, subprocess, sys, time
program, home, count, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ask = [program, "notice", "check", "plan.geojson", "--home", home, "--json", "--far-away", "--that-fast"]
for _ in range(600):
    done = subprocess.run(ask, capture_output=True, text=True)
    answer = json.loads(done.stdout) if done.returncode in (0, 4, 5) else {"items": [{"compared": -1}]}
    if answer["items"][0]["compared"] == count:
        break
    time.sleep(0.1)
else:
    sys.exit("space_check: %s notices compared, not %d: %s" % (answer["items"][0]["compared"], count, done.stderr))
times = []
for _ in range(runs):
    start = time.perf_counter()
    subprocess.run(ask, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times.append(1000 * (time.perf_counter() - start))
times.sort()
print(json.dumps({"figure": "space.check_5000_p99", "value": round(times[len(times) * 99 // 100], 2), "unit": "ms", "n": count, "limit": 50,
                  "note": "from the start of the process to its end, p50 %.2f; %d conflicts" % (times[len(times) // 2], len(answer["items"][0]["conflicts"]))}))
PY
