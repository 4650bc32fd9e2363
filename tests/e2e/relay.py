#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""relay.py - stands between two nodes on loopback and keeps every datagram.

usage: relay.py FILE LISTEN:TARGET [LISTEN:TARGET ...]    (UDP ports of 127.0.0.1)
Prints "ready". FILE gets the datagrams as they are, one after another. While a file `lossy` is
in the working directory, every eighth is lost.
"""
import os
import selectors
import socket
import sys

HOST = "127.0.0.1"


def bound(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind((HOST, port))
    s.setblocking(False)
    return s


def main():
    selector = selectors.DefaultSelector()
    count = 0
    back = {}  # (front socket, caller) -> our socket towards the target
    for pair in sys.argv[2:]:
        listen, target = (int(p) for p in pair.split(":"))
        selector.register(bound(listen), selectors.EVENT_READ, ("front", (HOST, target)))
    print("ready", flush=True)
    with open(sys.argv[1], "wb", buffering=0) as kept:
        while True:
            for key, _ in selector.select():
                kind, where = key.data
                try:
                    data, caller = key.fileobj.recvfrom(65536)
                except OSError:
                    continue
                kept.write(data)
                count += 1
                if count % 8 == 0 and os.path.exists("lossy"):
                    continue
                if kind == "back":
                    front, to = where
                    front.sendto(data, to)
                    continue
                if (key.fileobj, caller) not in back:
                    s = bound(0)
                    back[key.fileobj, caller] = s
                    selector.register(s, selectors.EVENT_READ, ("back", (key.fileobj, caller)))
                back[key.fileobj, caller].sendto(data, where)


main()
