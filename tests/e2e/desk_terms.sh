#!/bin/bash
# SPDX-License-Identifier: ISC
# desk_terms.sh - the desk on a bare console, on a terminal without function keys, without tmux,
# over ssh; and where no screen is possible.
# usage: DETENTE=build/detente tests/e2e/desk_terms.sh       (SKIP without tmux)
set -u
# shellcheck source=tests/e2e/desk_lib.sh
. "$(dirname "$0")/desk_lib.sh"
exercise
function_key() { press "$1" Escape; sleep 0.1; press "$1" "$2"; } # as where there are none

# A bare console, and a terminal of 1978: without F keys, one without colours.
acks=0
for term in linux vt100; do
    DESK_TERM=$term desk SUED
    check "TERM=$term: the desk opens" on_screen SUED "our node UP"
    at NORD send --to SUED --precedence FLASH "to a $term" >/dev/null
    check "TERM=$term: a FLASH takes the screen" on_screen SUED "to a $term"
    sleep 2; function_key SUED 2
    check "TERM=$term: Esc and 2 is F2" on_screen SUED "Acknowledge NORD"
    press SUED Enter
    acks=$((acks + 1))
    check "TERM=$term: acknowledged" until_kinds SUED ACK $acks
    off_screen SUED '!!!' >/dev/null
    mux resize-window -t SUED -x 100 -y 30
    check "TERM=$term: a larger window is filled" on_screen SUED "^-- WAITS FOR US: 0 -{75}"
    mux resize-window -t SUED -x 70 -y 20
    check "TERM=$term: a smaller one says what it needs" on_screen SUED "80 x 24"
    mux resize-window -t SUED -x 80 -y 24
    off_screen SUED "80 x 24" >/dev/null
    function_key SUED 0; on_screen SUED "End this desk" >/dev/null; press SUED Enter
    check "TERM=$term: it ends and leaves the terminal" on_screen SUED "desk ended"
    mux kill-session -t SUED
done

# Where no screen is possible it says so by name, and leaves nothing behind.
for term in dumb nonsense; do
    DESK_TERM=$term desk SUED
    on_screen SUED "desk ended" >/dev/null
    verdict "TERM=$term is refused by name" "$(grep -q "IO: .*the terminal $term is not known here, or cannot hold a screen" SUED.desk.err; echo $?)"
    mux kill-session -t SUED
done

# A pseudo-terminal of `script`, without tmux.
if command -v script >/dev/null; then
    (sleep 3; printf '\0337'; sleep 1; printf '\033'; sleep 1; printf '\0330'; sleep 1; printf '\r'; sleep 1) |
        timeout 60 env TERM=xterm script -qec "'$program' desk --home '$work/SUED'" /dev/null >typescript.out 2>&1
    verdict "in a terminal of script: it ends well" $?
    verdict "it was drawn" "$(grep -q "our node UP" typescript.out && grep -q "take the watch" typescript.out; echo $?)"
else
    echo "SKIP a terminal of script: it is not installed"
fi

# Over ssh, on loopback.
sshd=$(command -v sshd || ls /usr/sbin/sshd 2>/dev/null)
over_ssh() {
    local port=$((base + 5001)) i
    mkdir -m 700 ssh
    ssh-keygen -q -t ed25519 -N '' -f ssh/host && ssh-keygen -q -t ed25519 -N '' -f ssh/key || return 1
    cp ssh/key.pub ssh/authorized
    [ "$(id -u)" != 0 ] || mkdir -p -m 755 /run/sshd # where it parts with its rights
    "$sshd" -D -e -o Port=$port -o ListenAddress=127.0.0.1 -o HostKey="$work/ssh/host" -o PidFile=none -f /dev/null \
        -o AuthorizedKeysFile="$work/ssh/authorized" -o StrictModes=no -o UsePAM=no \
        -o PermitRootLogin=prohibit-password -o PasswordAuthentication=no 2>sshd.log &
    pid[sshd]=$!
    client="ssh -tt -F none -p $port -i $work/ssh/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR 127.0.0.1"
    for ((i = 0; i < 50; i++)); do
        $client true </dev/null >ssh.out 2>&1 && return 0
        sleep 0.2
    done
    return 1
}
if [ -z "$sshd" ] || ! command -v ssh >/dev/null; then
    echo "SKIP a desk over ssh: sshd or ssh is not installed"
elif ! over_ssh; then
    echo "SKIP a desk over ssh: sshd does not start or let us in here: $(tail -n1 sshd.log ssh.out | tr '\n' ' ')"
else
    mux new-session -d -s SUED -x 80 -y 24 \
        "env TERM=screen $client \"env LC_ALL=C.UTF-8 LANGUAGE=en XDG_RUNTIME_DIR='$XDG_RUNTIME_DIR' '$program' desk --home '$work/SUED'\"; echo ssh ended; sleep 100"
    check "over ssh: the desk opens" on_screen SUED "our node UP"
    press SUED F7; on_screen SUED "1 take the watch" >/dev/null
    press SUED 1; on_screen SUED "Did you hear it" >/dev/null; press SUED 1
    check "over ssh: on watch" on_screen SUED "ON WATCH until"
    press SUED Escape; listen SUED
    at NORD send --to SUED --precedence FLASH "over the wire" >/dev/null
    check "over ssh: a FLASH takes the screen" on_screen SUED "over the wire"
    check "over ssh: it sounds where one sits" until_bells SUED 2
    sleep 2; press SUED F2; on_screen SUED "Acknowledge NORD" >/dev/null; press SUED Enter
    check "over ssh: acknowledged" until_kinds SUED ACK $((acks + 1))
    off_screen SUED '!!!' >/dev/null
    sleep 1; press SUED F3; press SUED -l "half a "
    check "over ssh: a text is typed" on_screen SUED "half a _"
    until_shown NORD "SUED.1.*desk attended" status
    mux kill-session -t SUED # the client is gone, the line drops
    check "a line that drops ends the watch: the others see nobody there" until_shown NORD "SUED.1.*desk unattended" status
    desk SUED
    check "and the text is there at the next desk" on_screen SUED "half typed here is kept"
fi
finish
