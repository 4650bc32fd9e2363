# SPDX-License-Identifier: ISC
# full_disk.sh - part of bad_input.sh: a home whose disk is full. Needs a file system of
# its own (tmpfs, as root); where that is not possible a limit on file sizes does it.
# shellcheck shell=bash disable=SC2154
mkdir small
if mount -t tmpfs -o size=4m,mode=700 tmpfs small 2>/dev/null; then
    at_leave() { umount "$work/small" 2>/dev/null; }
    kind="a full disk"
else
    kind="a limit on file sizes"
fi
small_home() {
    need at small/FULL init FULL "A party with a small disk" --passphrase-file root-node
    need at small/FULL operator add "Watch officer" --passphrase-file root-officer
    need at small/FULL operator unlock 1 --passphrase-file officer
    need at small/FULL card --endpoint "udp:127.0.0.1:$((base += 7))" --passphrase-file root
    need at small/FULL card export -o FULL.card
    port[small/FULL]=$base
    if [ "$kind" = "a full disk" ]; then start small/FULL; else
        (ulimit -f 700; trap '' XFSZ
         exec "$program" node --listen "udp:127.0.0.1:$base" --home "$work/small/FULL" 2>>full.log) &
        pid[small/FULL]=$!
        need until_shown small/FULL "our node up" status
    fi
    need at small/FULL pair SUED.card
    need at small/FULL line create --title "Small" --class exercise --member SUED.card \
        --passphrase-file root -o small.charter
}
small_home
head -c 7900 /dev/zero | tr '\0' 'y' >page.txt
stored=0 code=0
for _ in $(seq 900); do
    at small/FULL send - --to SUED <page.txt >out.txt 2>err.txt
    code=$?
    [ $code = 0 ] || break
    stored=$((stored + 1))
done
verdict "$kind: refused by name after $stored records" \
    "$([ $code = 1 ] && grep -qE '^detente: STORE: ' err.txt && [ "$stored" -gt 3 ]; echo $?)"
[ $code = 1 ] || head -c 300 err.txt
count() { at small/FULL log --limit 10000 --json | grep -o '"kind":"MESSAGE"' | wc -l; }
verdict "$kind: the node answers, what was written is there" "$([ "$(count)" = $stored ]; echo $?)"
[ "$kind" != "a full disk" ] || need mount -o remount,size=16m "$work/small"
if [ "$kind" = "a full disk" ]; then
    at small/FULL send --to SUED "there is room again" >out.txt 2>err.txt
    verdict "$kind: with room it goes on without a restart" $?
    [ ! -s err.txt ] || head -c 300 err.txt
    stored=$((stored + 1))
fi
stop small/FULL
verdict "$kind: the node ends cleanly" $?
at small/FULL verify >out.txt 2>&1
verdict "$kind: every hash and signature holds" $?
start small/FULL
verdict "$kind: after a restart nothing is lost" "$([ "$(count)" = $stored ]; echo $?)"
stop small/FULL
at_leave
