#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""forge.py HOW IN OUT - cards and charters that are not what they should be.

version: the statement of a later version; suite: its content of a later suite, signed;
stranger: a charter signed by somebody who is no member; flip, cut, append, again, big,
lines: the text changed.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
import detente_ref as ref  # noqa: E402

SEED = bytes(range(32))


def forge(how, text):
    raw = ref.unb64("".join(text.split("\n")[1:-2]))
    if how == "version":
        word = text.split("\n", 1)[0].split()[2].rstrip("-")
        body = ref.b64(raw[:1] + b"\x02" + raw[2:])
        lines = [body[i:i + 64] for i in range(0, len(body), 64)]
        return "\n".join([f"-----BEGIN DETENTE {word}-----", *lines, f"-----END DETENTE {word}-----", ""])
    if how in ("suite", "stranger"):
        statement = ref.decode(raw)
        fields = ref.decode_map(statement[2])
        fields[1] = 2 if how == "suite" else fields[1]
        return ref.armour(ref.make_statement(statement[1], fields, SEED))
    lines = text.split("\n")
    if how == "flip":
        middle = lines[len(lines) // 2]
        lines[len(lines) // 2] = middle[:20] + ("B" if middle[20] != "B" else "C") + middle[21:]
        return "\n".join(lines)
    return {"cut": text[:len(text) // 2], "append": text + "more\n", "again": text + text,
            "big": lines[0] + "\n" + "\n".join(["A" * 64] * 20000) + "\n" + lines[-2] + "\n",
            "lines": text.replace("\n", "\r\n"), "empty": ""}[how]


with open(sys.argv[2], encoding="utf-8", newline="") as f:
    forged = forge(sys.argv[1], f.read())
with open(sys.argv[3], "w", encoding="utf-8", newline="") as f:
    f.write(forged)
