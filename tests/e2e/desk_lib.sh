# SPDX-License-Identifier: ISC
# desk_lib.sh - two parties with real desks in terminals of tmux, for the scripts beside it.
# shellcheck shell=bash
if ! command -v tmux >/dev/null; then
    echo "SKIP desks in terminals: tmux is not installed"
    echo "0 passed, 0 failed"
    exit 0
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mux() { tmux -L "detente-$$" -f /dev/null "$@"; }
check() { local what=$1 code; shift; "$@" >check.log 2>&1; code=$?; verdict "$what" $code; [ $code = 0 ] || cat check.log; }
at_leave() { mux kill-server 2>/dev/null; }

# desk PARTY [ROWSxCOLS…]: its desk in a terminal of 80x24
# Its terminal goes in the middle: the leak detector, which stops all threads at the end, may
# then wait for ever and keep a processor busy.
desk() {
    mux has-session -t KEEP 2>/dev/null || mux new-session -d -s KEEP "sleep 10000" # else the server ends between desks
    mux new-session -d -s "$1" -x "${2:-80}" -y "${3:-24}" \
        "env ASAN_OPTIONS='${ASAN_OPTIONS:-}:detect_leaks=0' TERM=${DESK_TERM:-screen} LC_ALL=${DESK_LOCALE:-C.UTF-8} LANGUAGE=${DESK_LANGUAGE:-en} XDG_RUNTIME_DIR='$XDG_RUNTIME_DIR' ${DESK_UNDER:-} '$program' desk --home '$work/$1' 2>'$work/$1.desk.err'; echo desk ended; sleep 100"
}
screen() { mux capture-pane -p -t "$1"; }
press() { local who=$1; shift; mux send-keys -t "$who" "$@"; }
# Waits, at most 20 s, until a desk shows a pattern.
on_screen() {
    local i
    for ((i = 0; i < 200; i++)); do
        screen "$1" | grep -qE "$2" && return 0
        sleep 0.1
    done
    echo "--- $1 never shows: $2"; screen "$1"
    return 1
}
on_screen_long() { on_screen "$@" >/dev/null || on_screen "$@" >/dev/null || on_screen "$@" >/dev/null || on_screen "$@"; }
off_screen() {
    local i
    for ((i = 0; i < 200; i++)); do
        screen "$1" | grep -qE "$2" || return 0
        sleep 0.1
    done
    echo "--- $1 goes on showing: $2"; screen "$1"
    return 1
}
# What the terminal of PARTY's desk is sent from now on, and the bells in it.
listen() { mux pipe-pane -t "$1" "cat >'$work/$1.bells'"; }
bells() { tr -dc '\007' <"$1.bells" | wc -c; }
until_bells() { # PARTY COUNT
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(bells "$1")" -ge "$2" ] && return 0
        sleep 0.1
    done
    return 1
}
# kinds PARTY KIND: how many records of that kind the log of PARTY's own party has
kinds() { at "$1" log --limit 1000 --json | python3 -c 'import json,sys
print(sum(i["kind"] == sys.argv[2] and i["from"] == sys.argv[1] for i in json.load(sys.stdin)["items"]))' "$1" "$2"; }
until_kinds() { # PARTY KIND COUNT
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(kinds "$1" "$2")" = "$3" ] && return 0
        sleep 0.1
    done
    return 1
}
exercise() { # [OPTIONS of line create]: two parties on a line, a second officer each
    home NORD "Nordic Command"
    home SUED "Southern Federation"
    need at NORD operator add "Duty director" --passphrase-file root-officer
    need at SUED operator add "Duty director" --passphrase-file root-officer
    start NORD
    start SUED
    need at NORD pair SUED.card
    need at SUED pair NORD.card
    need at NORD line create --title "River line" --member SUED.card --force "SUED=1st Brigade" "$@" \
        -o river.charter --passphrase-file root
    need at SUED line accept river.charter --card NORD.card --passphrase-file root
    need until_shown NORD "log of SUED" status
    need until_shown SUED "log of NORD" status
}
