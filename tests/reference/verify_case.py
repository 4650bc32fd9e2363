#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""verify_case.py FILE [CARD ...]

Checks a case file as a stranger would: from cards alone, without a node, a log or a
charter of one's own. Exit: 0 every record is signed by a party whose card was given,
3 consistent but not all signers are identified, 1 refused, 2 wrong use.
"""
import sys

import detente_ref as d
from verify_proof import card_from, utc


def main(arguments):
    if not arguments:
        print("usage: verify_case.py FILE [CARD ...]", file=sys.stderr)
        return 2
    try:
        cards = {card.root for card in map(card_from, arguments[1:])}
        with open(arguments[0], "rb") as f:
            case = d.verify_case(f.read(4 << 20))
    except d.Refused as refused:
        print(f"refused: {refused}")
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    for p in case.proofs:
        known = "" if p.root in cards else "  signer not identified"
        print(f"{p.record_id}  kind {p.header.kind}  {utc(p.header.time // 1000)}  officer {p.officer or '-'}"
              f"  stored by {len(p.cosigners)}{known}")
    return 0 if all(p.root in cards for p in case.proofs) else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
