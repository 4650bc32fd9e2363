#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""layers.py - fails when a file includes a layer that its own may not see.

usage: tools/layers.py [ROOT]      (docs/architecture.md draws the same picture)
"""
import pathlib
import re
import sys

MAY_SEE = {
    "base": [],
    "crypto": ["base"],
    "cbor": ["base"],
    "geo": ["base"],
    "blind": ["base", "crypto", "cbor", "geo"],
    "session": ["base", "crypto"],
    "log": ["base", "crypto", "cbor"],
    "sync": ["base", "crypto", "cbor", "log"],
    "view": ["base", "crypto", "cbor", "geo", "blind", "log"],
    "store": ["base", "crypto", "log", "view"],
    "bearer": ["base"],
    "node": ["base", "crypto", "cbor", "geo", "blind", "session", "log", "sync", "view", "store", "bearer"],
    # Clients speak the control protocol; they see no keys, store or session.
    "cli": ["base", "crypto", "cbor", "geo", "blind", "log", "view", "node"],
    # The program that draws: it knows nothing but the JSON it is given.
    "draw": [],
    # The program that reads foreign formats: bytes in, a tree out.
    "read": [],
}
# Only these may touch the world (design: sans-IO below).
WORLD = {"bearer", "store", "node", "cli", "draw", "read"}
FORBIDDEN = re.compile(
    r'#include <(sys/socket|unistd|fcntl|time|sys/time|sys/random|poll|stdio|sqlite3)\.h>')
STDIO_OK = re.compile(r'#include <stdio\.h>')  # snprintf into memory is no I/O
CALLS = re.compile(r'\b(strcpy|strcat|sprintf|atoi|rand|gets|strtok)\s*\(')


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "src"
    bad = 0
    files = sorted(p for p in root.rglob("*.[ch]"))
    for path in files:
        layer = path.relative_to(root).parts[0]
        if layer not in MAY_SEE:
            print(f"{path}: no such layer: {layer}")
            bad += 1
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            found = re.match(r'#include "([a-z]+)/', line)
            if found and found[1] != layer and found[1] not in MAY_SEE[layer]:
                print(f"{path}:{number}: {layer} may not include {found[1]}")
                bad += 1
            if layer not in WORLD and FORBIDDEN.match(line) and not STDIO_OK.match(line):
                print(f"{path}:{number}: {layer} is sans-IO")
                bad += 1
            called = CALLS.search(line)
            if called:
                print(f"{path}:{number}: {called[1]} is not used here")
                bad += 1
            if line != line.rstrip() or "\t" in line:
                print(f"{path}:{number}: trailing blank or tab")
                bad += 1
        if len(lines) > 600:
            print(f"{path}: {len(lines)} lines; split where a second job has moved in")
            bad += 1
    print(f"layers: {len(files)} files, {bad} faults")
    return 1 if bad or not files else 0


sys.exit(main())
