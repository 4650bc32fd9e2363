#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""verify_proof.py CARD PROOF [CARD ...]

Checks a proof file as a stranger would: from the party's card alone, without a
node, a log or a charter. CARD may be `-`: then the file is checked, but whose root
key it names stays open. More cards after PROOF give cosigners their names.

Exit: 0 signed by that party, 3 consistent but the signer is not identified,
1 refused (the reason is printed), 2 wrong use.
"""
import sys
from datetime import datetime, timezone

import detente_ref as d


def utc(seconds):
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"


def card_from(path):
    with open(path, encoding="ascii", newline="") as f:
        return d.read_card(d.read_armour(f.read()))


def shown(value):
    """CBOR values as one line, bytes as h'..'; control characters escaped."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(k)}: {shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return ascii(value) if isinstance(value, str) else {None: "null", True: "true", False: "false"}.get(value, str(value)) \
        if value is None or isinstance(value, bool) else str(value)


def main(arguments):
    if len(arguments) < 2:
        print("usage: verify_proof.py CARD|- PROOF [CARD ...]", file=sys.stderr)
        return 2
    try:
        card = None if arguments[0] == "-" else card_from(arguments[0])
        others = [card_from(path) for path in arguments[2:]]
        with open(arguments[1], "rb") as f:
            data = f.read(1 << 20)
        p = d.verify_proof(data, card, others)
    except d.Refused as refused:
        print(f"refused: {refused}")
        return 1
    except UnicodeDecodeError:
        print("refused: BAD_TEXT: card")
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"party     {p.code or 'not identified'}  root {p.root.hex()}")
    print(f"record    {p.record_id}  kind {p.header.kind}  time {utc(p.header.time // 1000)}  flags {p.header.flags}")
    print(f"log       {d.origin(p.line, p.writer)}, {p.size} records")
    if p.body_error:
        print(f"body      invalid({p.body_error})")
    elif p.body is not None:
        print(f"body      {shown(p.body)}")
    else:
        print(f"body      {'none' if p.header.length == 0 else 'not shown'}")
    if p.opening is not None:
        print(f"opened    {shown(p.opening)}")
    if p.officer:
        print(f"officer   {p.officer}")
    for code, root, number, seconds in p.cosigners:
        print(f"stored by {code or root.hex()}.{number}  {utc(seconds)}")
    return 0 if p.code else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
