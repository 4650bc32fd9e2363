#!/bin/sh
# bench/space.sh BUILD [--quick]: prints the figures of the index, keeps them in bench/results/space-DATE.jsonl.
# Peers: libgeos-dev when the build was configured; PostGIS if postgresql-15-postgis-3 is installed (a server of our
# own in a scratch folder, on a socket there). Oracle: the kit beside the project, if it is there (DT_KIT=folder).
set -eu
build=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
kit=${DT_KIT:-$here/../../shared/kit/space}
scratch=$(mktemp -d)
chmod 755 "$scratch"
pgbin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1 || true)
as_server() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/sh -c "$*"; else sh -c "$*"; fi; }
cleanup() {
	[ ! -f "$scratch/pg/data/postmaster.pid" ] || as_server "$pgbin/pg_ctl -D $scratch/pg/data -m fast -w stop" >/dev/null
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

postgis=
if [ -n "$pgbin" ] && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then
	mkdir "$scratch/pg"
	[ "$(id -u)" != 0 ] || chown postgres "$scratch/pg"
	as_server "$pgbin/initdb -D $scratch/pg/data -A trust -E UTF8 --locale=C" >/dev/null
	as_server "cat >>$scratch/pg/data/postgresql.conf" <<-CONF
		listen_addresses=''
		unix_socket_directories='$scratch/pg'
		shared_buffers=2GB
		work_mem=64MB
		maintenance_work_mem=1GB
		max_wal_size=4GB
		random_page_cost=1.1
		jit=off
		max_parallel_workers_per_gather=0
		max_parallel_maintenance_workers=0
	CONF
	as_server "$pgbin/pg_ctl -D $scratch/pg/data -l $scratch/pg/log -w start" >/dev/null
	postgis="--postgis host=$scratch/pg dbname=postgres user=$([ "$(id -u)" = 0 ] && echo postgres || id -un)"
fi

new=$scratch/figures
cd "$scratch"
pin=$(command -v taskset >/dev/null && echo taskset -c 0 || true)
# shellcheck disable=SC2086 # $pin is words
$pin "$build/bench/space_bench" "$@" ${postgis:+--postgis "${postgis#--postgis }"} | tee "$new"
"$here/space_oracle.sh" "$build" "$kit" | tee -a "$new"
"$here/space_check.sh" "$build" "$@" | tee -a "$new"
"$build/bench/alarm_bench" | tee -a "$new"
"$build/bench/blind_bench" | tee -a "$new"

case " $* " in *" --quick "*) exit 0 ;; esac
mkdir -p "$here/results"
python3 - "$here/results/space-$(date +%F).jsonl" "$new" <<'PY'
import json, os, sys
kept = {}
for path in sys.argv[1:]:
    for line in open(path, encoding="utf-8") if os.path.exists(path) else ():
        f = json.loads(line)
        kept[tuple(f.get(k) for k in ("figure", "n", "clustered", "lateral_m", "against"))] = line
open(sys.argv[1], "w", encoding="utf-8").write("".join(kept.values()))
PY
