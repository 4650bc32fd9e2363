# SPDX-License-Identifier: ISC
# lib.sh - an exercise with the real program for the scripts beside it; sourced by bash.
# Everything lies in $work, nodes listen on loopback, and only nodes started here are ended.
# shellcheck shell=bash
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${DETENTE:-$top/build/detente}
[ -x "$program" ] || { echo "$program is not built" >&2; exit 1; }
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
work=$(mktemp -d "${TMPDIR:-/tmp}/detente-e2e-XXXXXX") || exit 1
cd "$work" || exit 1
export XDG_RUNTIME_DIR=$work/run LC_ALL=C.UTF-8 LANGUAGE=en
unset DETENTE_HOME
mkdir -m 700 "$work/run"
declare -A pid port
passed=0 failed=0 base=${DT_TEST_PORTS:-$((20000 + RANDOM % 20000))}
printf 'exercise root key\n\n' >root-node
printf 'exercise root key\nofficer on watch\n' >root-officer
printf 'officer on watch\n' >officer
printf 'exercise root key\n' >root

leave() {
    local p
    trap - EXIT
    for p in "${!pid[@]}"; do kill "${pid[$p]}" 2>/dev/null; done
    for p in "${!pid[@]}"; do wait "${pid[$p]}" 2>/dev/null; done
    at_leave
    cd / && rm -rf "$work"
}
at_leave() { :; }
trap leave EXIT
trap 'exit 130' INT TERM

good() { passed=$((passed + 1)); echo "PASS $*"; }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
# verdict WHAT STATUS-OF-A-TEST
verdict() { if [ "$2" = 0 ]; then good "$1"; else bad "$1"; fi; }
at() { local who=$1; shift; timeout 60 "$program" "$@" --home "$work/$who"; }

# Waits, at most 30 s, until a command at a party prints a pattern.
until_shown() {
    local who=$1 pattern=$2 i; shift 2
    for ((i = 0; i < 300; i++)); do
        at "$who" "$@" 2>/dev/null | grep -qE "$pattern" && return 0
        sleep 0.1
    done
    return 1
}
need() { "$@" >need.log 2>&1 || { echo "cannot set up: $*" >&2; cat need.log >&2; exit 1; }; }
home() { # CODE NAME: home, one officer, who is on watch, card
    port[$1]=$((base += 7))
    need at "$1" init "$1" "$2" --passphrase-file root-node
    need at "$1" operator add "Watch officer" --passphrase-file root-officer
    need at "$1" operator unlock 1 --passphrase-file officer
    need at "$1" card --endpoint "udp:127.0.0.1:${port[$1]}" --contact "tel:+99 ${port[$1]}" \
        --passphrase-file root
    need at "$1" card export -o "$1.card"
}
start() { # CODE [OPTION…]: its node; returns when it answers
    ${NODE_UNDER:-} "$program" node --listen "udp:127.0.0.1:${port[$1]}" --home "$work/$1" "${@:2}" 2>>"$1.log" &
    pid[$1]=$!
    need until_shown "$1" "our node up" status
}
stop() { # CODE [SIGNAL]; its exit status
    local code p=${pid[$1]}
    kill "-${2:-TERM}" "$p"
    wait "$p" 2>/dev/null
    code=$?
    unset "pid[$1]"
    return $code
}
finish() { echo "$passed passed, $failed failed"; [ "$failed" = 0 ]; exit; }
