# SPDX-License-Identifier: ISC
# strangers.sh - part of bad_input.sh: a hundred strangers talk rubbish to NORD's port.
# shellcheck shell=bash disable=SC2154
anon() { awk '/^RssAnon/ {print $2}' "/proc/${pid[NORD]}/status"; }
cat >strangers.py <<'PY'
"""PORT ROUNDS: from 100 sockets, datagrams of all sizes; prints how many were answered."""
import random
import select
import socket
import sys
import time

port, rounds = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(7)
strangers = []
for _ in range(100):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", port))
    s.setblocking(False)
    strangers.append(s)
answered = 0
for r in range(rounds):
    for s in strangers:
        size = rng.choice((0, 1, 2, 15, 16, 17, 31, 32, 48, 64, 96, 125, 128, 200, 500, 1200, 1280, 1452, 9000, 65507))
        data = bytearray(rng.randbytes(size))
        if size > 1 and rng.random() < 0.5:
            data[0] = rng.randrange(8)  # the known types of frames more often than chance
        try:
            s.send(data)
        except OSError:
            pass
    if r % 10 == 9:
        time.sleep(0.002)
time.sleep(0.5)
for s in select.select(strangers, [], [], 0)[0]:
    try:
        answered += len(s.recv(65536)) >= 0
    except OSError:
        pass
print(answered)
PY
need python3 strangers.py "${port[NORD]}" 100 # so that what is allocated once is there
before=$(anon)
answered=$(python3 strangers.py "${port[NORD]}" 300)
after=$(anon)
verdict "30,000 datagrams of 100 strangers: no answer ever" "$([ "$answered" = 0 ]; echo $?)"
limit=1024
grep -q 'fsanitize=address' "$(dirname "$program")/build.ninja" 2>/dev/null && limit=8192 # its own book-keeping
verdict "strangers cost no memory ($before to $after KB)" "$([ $((after - before)) -le $limit ]; echo $?)"
at NORD send --wait --timeout 20 --to SUED "after the flood" >out.txt 2>&1
verdict "the line works after the flood" $?
