#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes tests/vectors/*.json from the reference; `--check` only compares.

Everything is made from names: a seed is SHA-256 of its name, a time is fixed.
Parties are invented. Where a case is not valid, `error` is the name that the
reference gives; another implementation that looks in another order may find
another fault first, but must refuse too.
"""
import hashlib
import json
import pathlib
import random
import sys

import blind_ref as b
import detente_ref as d

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "vectors"
TIME = 1_900_000_000_000          # ms
SECONDS = TIME // 1000
PARTIES = [("NORD", "Republic of Norden"), ("SUED", "Southern Federation"), ("MEDI", "Mediation Mission")]


def seed(name):
    return hashlib.sha256(name.encode()).digest()


def hexed(value):
    """Bytes as hex, all the way down."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {k: hexed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [hexed(v) for v in value]
    return value


class World:
    """Three parties, one line."""

    def __init__(self):
        self.certificate, self.operator, self.card, self.root, self.writer = {}, {}, {}, {}, {}
        for code, name in PARTIES:
            self.root[code] = d.public(seed(f"{code} root"))
            self.certificate[code] = [self.certify(code, n) for n in (1, 2)]
            self.writer[code] = [d.public(seed(f"{code} writer {n}")) for n in (1, 2)]
            self.operator[code] = d.make_statement(
                d.OPERATOR, {1: 1, 2: 7, 3: d.public(seed(f"{code} operator 7")), 4: "watch officer", 6: TIME},
                seed(f"{code} root"))
            self.card[code] = d.make_statement(
                d.CARD, {1: 1, 2: code, 3: name, 4: TIME, 5: self.certificate[code], 6: [self.operator[code]],
                         7: [f"udp:{code.lower()}.example:4717"], 8: [["tel", "+00 555 0100"]]}, seed(f"{code} root"))
        members = [{1: code, 2: name, 3: self.root[code], 4: [[f"{code} forces", 0]]} for code, name in PARTIES]
        members[1][4].append(["Harbour militia", 1])
        self.charter_fields = {
            1: 1, 2: seed("nonce")[:16], 3: "Norden and the South", 4: 0, 5: members,
            6: [[1, 5, 3000000, 300000, 3600000, 3], [3, 3, 2000000, 300000, 600000, 2]],
            7: {1: [120000, 600000, 3600000, 86400000], 2: 900000, 3: 6, 4: 1 << 30}}
        self.charter = d.make_statement(d.CHARTER, self.charter_fields, seed("NORD root"))
        self.line = d.line_id(d.read_charter(self.charter) and d.encode(self.charter_fields))

    def certify(self, code, n):
        return d.make_statement(
            d.CERTIFICATE, {1: 1, 2: n, 3: d.public(seed(f"{code} writer {n}")),
                            4: d.x_public(seed(f"{code} session {n}")), 5: d.x_public(seed(f"{code} reader {n}")),
                            6: TIME}, seed(f"{code} root"))


W = World()


# --- cbor.json ---------------------------------------------------------------

# RFC 8949 appendix A, the examples this profile allows, as (hex, value)
APPENDIX_A = [
    ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100), ("1903e8", 1000),
    ("1a000f4240", 1000000), ("1b000000e8d4a51000", 1000000000000), ("1bffffffffffffffff", 18446744073709551615),
    ("3bffffffffffffffff", -18446744073709551616), ("20", -1), ("29", -10), ("3863", -100), ("3903e7", -1000),
    ("f4", False), ("f5", True), ("f6", None), ("40", b""), ("4401020304", b"\1\2\3\4"), ("60", ""), ("6161", "a"),
    ("6449455446", "IETF"), ("62225c", "\"\\"), ("62c3bc", "\u00fc"), ("63e6b0b4", "\u6c34"),
    ("64f0908591", "\U00010151"), ("80", []), ("83010203", [1, 2, 3]), ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", list(range(1, 26))), ("a0", {}),
    ("a201020304", {1: 2, 3: 4}), ("a26161016162820203", {"a": 1, "b": [2, 3]}), ("826161a161626163", ["a", {"b": "c"}]),
    ("a56161614161626142616361436164614461656145", {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"})]
# and those it does not
APPENDIX_A_REFUSED = [
    ("c249010000000000000000", "BAD_TYPE"), ("c349010000000000000000", "BAD_TYPE"), ("f90000", "BAD_TYPE"),
    ("f98000", "BAD_TYPE"), ("fb3ff199999999999a", "BAD_TYPE"), ("fa47c35000", "BAD_TYPE"), ("f97e00", "BAD_TYPE"),
    ("f97c00", "BAD_TYPE"), ("f7", "BAD_TYPE"), ("f0", "BAD_TYPE"), ("f8ff", "BAD_TYPE"),
    ("c11a514b67b0", "BAD_TYPE"), ("d74401020304", "BAD_TYPE"), ("5f42010243030405ff", "NOT_CANONICAL"),
    ("7f657374726561646d696e67ff", "NOT_CANONICAL"), ("9fff", "NOT_CANONICAL"),
    ("9f018202039f0405ffff", "NOT_CANONICAL"), ("83018202039f0405ff", "NOT_CANONICAL"),
    ("bf61610161629f0203ffff", "NOT_CANONICAL"), ("826161bf61626163ff", "NOT_CANONICAL")]
REFUSED = [
    ("1800", "NOT_CANONICAL", "0 in two bytes"), ("1817", "NOT_CANONICAL", "23 in two bytes"),
    ("190018", "NOT_CANONICAL", "24 in three bytes"), ("1900ff", "NOT_CANONICAL", "255 in three bytes"),
    ("1a0000ffff", "NOT_CANONICAL", "65535 in five bytes"),
    ("1b00000000ffffffff", "NOT_CANONICAL", "2^32-1 in nine bytes"), ("3817", "NOT_CANONICAL", "-24 in two bytes"),
    ("5800", "NOT_CANONICAL", "length of a byte string"), ("780161", "NOT_CANONICAL", "length of a text"),
    ("980100", "NOT_CANONICAL", "length of an array"), ("b8010000", "NOT_CANONICAL", "length of a map"),
    ("a203000100", "NOT_CANONICAL", "keys not sorted"), ("a201000100", "NOT_CANONICAL", "key twice"),
    ("a2200018180", "", ""), ("a220001818" "00", "NOT_CANONICAL", "-1 before 24: by bytes, not by length"),
    ("a2626161006162" "00", "NOT_CANONICAL", "longer text key first"), ("1c", "NOT_CANONICAL", "reserved"),
    ("fc", "NOT_CANONICAL", "reserved"), ("ff", "NOT_CANONICAL", "break alone"), ("f800", "BAD_TYPE", "simple value"),
    ("e0", "BAD_TYPE", "simple value 0"), ("c000", "BAD_TYPE", "tag"), ("a18000", "BAD_TYPE", "an array as a key"),
    ("a1a000", "BAD_TYPE", "a map as a key"), ("", "TRUNCATED", "nothing"), ("18", "TRUNCATED", "integer"),
    ("1b00000001000000", "TRUNCATED", "integer"), ("4261", "TRUNCATED", "byte string"), ("6261", "TRUNCATED", "text"),
    ("8100"[:2], "TRUNCATED", "array"), ("a100", "TRUNCATED", "map without its value"), ("a1", "TRUNCATED", "map"),
    ("5bffffffffffffffff", "TRUNCATED", "length far beyond the end"),
    ("9bffffffffffffffff", "TRUNCATED", "count far beyond the end"),
    ("bb8000000000000000", "TRUNCATED", "count that overflows when doubled"), ("f9", "TRUNCATED", "float"),
    ("0000", "TRAILING", "two items"), ("8000", "TRAILING", "a byte after an array"),
    ("61ff", "BAD_UTF8", "byte ff"), ("62c080", "BAD_UTF8", "overlong NUL"), ("63eda080", "BAD_UTF8", "surrogate"),
    ("64f4908080", "BAD_UTF8", "beyond U+10FFFF"), ("61c3", "BAD_UTF8", "half a character"),
    ("a161ff00", "BAD_UTF8", "in a key"), ("81" * 9 + "00", "TOO_DEEP", "nine arrays"),
    ("81" * 8 + "80", "TOO_DEEP", "nine arrays, the last one empty"),
    ("a100" * 8 + "a0", "TOO_DEEP", "nine maps, the last one empty")]
OURS = [255, 256, 65535, 65536, 4294967295, 4294967296, -24, -25, -256, -257, bytes(23), bytes(24), bytes(256),
        "x" * 24, "D\u00e9tente", {24: 0, -1: 1, "": 2, b"": 3, "aa": 4, "b": 5}, {23: 1, 24: 2, 255: 3, 256: 4},
        [[[[[[[[0]]]]]]]], [[[[[[[[]]]]]]]], {0: {0: {0: {0: {0: {0: {0: {}}}}}}}}, [False, True, None],
        {("simple", False): 0, 1: 1}]


def cbor():
    for spelled, value in APPENDIX_A:
        assert d.encode(value).hex() == spelled
    cases = [{"valid": True, "hex": h, "about": "RFC 8949 appendix A"} for h, _ in APPENDIX_A]
    cases += [{"valid": True, "hex": d.encode(v).hex(), "about": "ours"} for v in OURS]
    for case in cases:
        if isinstance(v := d.decode(bytes.fromhex(case["hex"])), int) and not isinstance(v, bool):
            case["int"] = str(v)
    cases += [{"valid": False, "hex": h, "error": e, "about": "RFC 8949 appendix A"} for h, e in APPENDIX_A_REFUSED]
    cases += [{"valid": False, "hex": h, "error": e, "about": why} for h, e, why in REFUSED if e]
    return cases


# --- statements.json, charter.json -------------------------------------------

def statement_case(name, raw, signer_seed_name, **more):
    s = d.read_statement(raw)
    case = {"name": name, "seed_name": signer_seed_name, "seed": seed(signer_seed_name), "signer": s.signer,
            "type": s.type, "content": s.content, "statement": raw, "id": s.id, **more}
    if s.type in d.ARMOUR:
        case["armour"] = d.armour(raw)
    return {"valid": True, **case}


def broken(raw, at, bit=1):
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


def refused(read, *args):
    try:
        read(*args)
    except d.Refused as r:
        return r.name
    raise AssertionError("accepted")


def statements():
    cases = []
    for code, name in PARTIES:
        for n, raw in enumerate(W.certificate[code], 1):
            cases.append(statement_case(
                f"certificate of {code}.{n}", raw, f"{code} root", number=n, time=TIME, writer=W.writer[code][n - 1],
                session=d.x_public(seed(f"{code} session {n}")), reader=d.x_public(seed(f"{code} reader {n}")),
                writer_seed=seed(f"{code} writer {n}"), session_secret=seed(f"{code} session {n}"),
                reader_secret=seed(f"{code} reader {n}")))
        cases.append(statement_case(f"operator certificate of {code} 7", W.operator[code], f"{code} root", number=7,
                                    time=TIME, operator=d.public(seed(f"{code} operator 7")), role="watch officer",
                                    operator_seed=seed(f"{code} operator 7")))
        cases.append(statement_case(f"card of {code}", W.card[code], f"{code} root", code=code, party=name, time=TIME))
    revocation = d.make_statement(d.REVOCATION, {1: 1, 3: W.writer["SUED"][0], 5: [[W.line, 1, 12]], 6: TIME + 1,
                                                 7: "stolen"}, seed("SUED root"))
    cases.append(statement_case("revocation", revocation, "SUED root", revoked=W.writer["SUED"][0], time=TIME + 1,
                                sizes=[[W.line, 1, 12]], reason="stolen"))
    officer = d.make_statement(d.REVOCATION, {1: 1, 3: d.public(seed("SUED operator 7")), 5: [[W.line, 1, 12], [W.line, 2, 3]],
                                              6: TIME + 1, 7: "left"}, seed("SUED root"))
    cases.append(statement_case("revocation of an officer", officer, "SUED root", revoked=d.public(seed("SUED operator 7")),
                                time=TIME + 1, sizes=[[W.line, 1, 12], [W.line, 2, 3]], reason="left"))
    more = d.make_statement(d.CERTIFICATE, {**d.read_statement(W.certificate["NORD"][0]).fields, 99: "later"},
                            seed("NORD root"))
    cases.append(statement_case("certificate with a field of a later version", more, "NORD root"))
    cases.append(statement_case("charter", W.charter, "NORD root", line=W.line))

    raw = W.certificate["NORD"][0]
    f = d.read_statement(raw).fields
    item = d.decode(raw)
    bad = {
        "bit of the signature": broken(raw, len(raw) - 1), "bit of the content": broken(raw, 12),
        "signed by another root": d.encode([1, 2, item[2], W.root["SUED"], item[4]]),
        "another type, same signature": d.encode([1, 3, item[2], item[3], item[4]]),
        "version 2": d.encode([2, *item[1:]]), "four items": d.encode(item[:4]), "six items": d.encode([*item, 0]),
        "cut short": raw[:-1], "a byte more": raw + b"\0",
        "content not sorted": resigned(2, b"\xa2\x02\x01\x01\x01"), "content not a map": resigned(2, b"\x80"),
        "signature with S + L": d.encode([*item[:4], item[4][:32] + (
            int.from_bytes(item[4][32:], "little") + d._L).to_bytes(32, "little")]),
        "suite 2": d.make_statement(2, {**f, 1: 2}, seed("NORD root")),
        "number 0": d.make_statement(2, {**f, 2: 0}, seed("NORD root")),
        "number 17": d.make_statement(2, {**f, 2: 17}, seed("NORD root")),
        "writer key of 31 bytes": d.make_statement(2, {**f, 3: bytes(31)}, seed("NORD root")),
        "no reader key": d.make_statement(2, {k: v for k, v in f.items() if k != 5}, seed("NORD root")),
        "time as text": d.make_statement(2, {**f, 6: "now"}, seed("NORD root")),
    }
    cases += [{"valid": False, "name": why, "read_as": "certificate", "statement": raw,
               "error": refused(d.read_certificate, raw)} for why, raw in bad.items()]
    text = d.armour(W.card["NORD"])
    lines = text.split("\n")
    bad = {
        "no last newline": text[:-1], "newline after": text + "\n", "blank before": " " + text,
        "carriage returns": text.replace("\n", "\r\n"), "lines of 60": lines[0] + "\n" + "\n".join(
            "".join(lines[1:-2])[i:i + 60] for i in range(0, len("".join(lines[1:-2])), 60)) + "\n" + lines[-2] + "\n",
        "wrong word": text.replace("DETENTE CARD", "DETENTE CHARTER"), "ends as charter": text.replace("END DETENTE CARD", "END DETENTE CHARTER"),
        "a character changed": text.replace(lines[2], lines[2][:5] + ("A" if lines[2][5] != "A" else "B") + lines[2][6:]),
        "not base64": text.replace(lines[2], "*" + lines[2][1:]),
        "certificate in armour": text.replace("\n".join(lines[1:-2]), d.b64(W.certificate["NORD"][0])),
        "blank line inside": text.replace(lines[2], lines[2] + "\n"),
    }
    cases += [{"valid": False, "name": "armour: " + why, "armour": t, "error": refused(d.read_armour, t)}
              for why, t in bad.items()]
    return cases


def resigned(type_, content, name="NORD root"):
    return d.encode([1, type_, content, d.public(seed(name)), d.S(seed(name), "statement", bytes([type_]), content)])


def charter():
    content = d.encode(W.charter_fields)
    successor = {**W.charter_fields, 2: seed("nonce 2")[:16], 4: 1, 8: W.line}
    heads = [[0, 12, seed("head 0")], [1, 1, seed("head 1")], [16, 300, seed("head 16")], [35, 70000, seed("head 35")]]
    settings = W.charter_fields[7]
    watched = {**W.charter_fields, 7: {**settings, 5: 3, 6: [30000, 21600000], 7: [100, 120, 140, 160, 180, 200]}}
    leads = {**W.charter_fields, 7: {**settings, 8: [[2, 172_800_000], [3, 3_600_000], [10, 366 * 86_400_000]]}}
    cases = []
    for name, fields, signer in (("first line", W.charter_fields, "NORD root"),
                                 ("the same line, proposed by another member", W.charter_fields, "SUED root"),
                                 ("exercise line that follows it", successor, "MEDI root"),
                                 ("successor with final heads", {**successor, 9: heads}, "SUED root"),
                                 ("watch settings", watched, "NORD root"), ("lead times", leads, "NORD root")):
        raw = d.make_statement(d.CHARTER, fields, seed(signer))
        d.read_charter(raw)
        line = d.line_id(d.encode(fields))
        cases.append({
            "valid": True, "name": name, "seed": seed(signer), "nonce": fields[2], "title": fields[3],
            "class": fields[4], "members": [
                {"code": m[1], "name": m[2], "root": m[3], "root_seed": seed(f"{m[1]} root"),
                 "forces": [{"name": f[0], "relation": f[1]} for f in m[4]],
                 "acceptance": d.acceptance(seed(f"{m[1]} root"), line, W.writer[m[1]][0]),
                 "writer": W.writer[m[1]][0], "wid": d.make_wid(i, 1), "origin": d.origin(line, W.writer[m[1]][0])}
                for i, m in enumerate(fields[5])],
            "rules": fields[6], "deadlines": fields[7][1], "staleness": fields[7][2], "flash_budget": fields[7][3],
            "quota": fields[7][4], "two_officers": fields[7].get(5, 0), "periods": fields[7].get(6, [60000, 28800000]),
            "steps": fields[7].get(7, [100, 150, 200, 250, 300, 350]), "leads": fields[7].get(8, []), "predecessor": fields.get(8, b""),
            "heads": [{"wid": h[0], "size": h[1], "root": h[2]} for h in fields.get(9, [])], "content": d.encode(fields), "statement": raw,
            "statement_id": d.read_statement(raw).id, "line": line, "line_base32": d.b32(line),
            "armour": d.armour(raw)})
    f, m = W.charter_fields, W.charter_fields[5]
    bad = {
        "code twice": {**f, 5: [m[0], {**m[1], 1: "NORD"}, m[2]]}, "root key twice": {**f, 5: [m[0], {**m[1], 3: m[0][3]}, m[2]]},
        "code in small letters": {**f, 5: [m[0], {**m[1], 1: "sued"}]}, "code with a digit first": {**f, 5: [m[0], {**m[1], 1: "1SUE"}]},
        "code of one letter": {**f, 5: [m[0], {**m[1], 1: "S"}]}, "code of nine letters": {**f, 5: [m[0], {**m[1], 1: "SSSSSSSSS"}]},
        "no member": {**f, 5: []}, "one member": {**f, 5: m[:1]}, "no settings": {k: x for k, x in f.items() if k != 7},
        "three deadlines": {**f, 7: {**f[7], 1: [1, 2, 3]}}, "two officers for what is not there": {**f, 7: {**f[7], 5: 8}},
        "link tests twice a second": {**f, 7: {**f[7], 6: [500, 28800000]}}, "steps out of order": {**f, 7: {**f[7], 7: [100, 90, 140, 160, 180, 200]}},
        "no lead times": {**f, 7: {**f[7], 8: []}}, "a lead time of nothing": {**f, 7: {**f[7], 8: [[2, 0]]}},
        "lead times out of order": {**f, 7: {**f[7], 8: [[3, 1], [2, 1]]}}, "a lead time twice": {**f, 7: {**f[7], 8: [[2, 1], [2, 1]]}},
        "a lead time of no category": {**f, 7: {**f[7], 8: [[11, 1]]}}, "a lead time of two years": {**f, 7: {**f[7], 8: [[2, 2 * 366 * 86_400_000]]}},
        "five steps": {**f, 7: {**f[7], 7: [100, 120, 140, 160, 180]}}, "a member without a root key": {**f, 5: [m[0], {1: "SUED", 2: "x", 4: []}]},
        "heads of no predecessor": {**f, 9: heads}, "no heads": {**successor, 9: []}, "heads out of order": {**successor, 9: heads[::-1]},
        "a head twice": {**successor, 9: [heads[0], heads[0]]}, "a head of size 0": {**successor, 9: [[0, 0, heads[0][2]]]},
        "a head of two fields": {**successor, 9: [[0, 1]]}, "a head of no member": {**successor, 9: [[3200, 1, heads[0][2]]]},
        "a root of 31 bytes": {**successor, 9: [[0, 1, bytes(31)]]}, "257 heads": {**successor, 9: [[i, 1, bytes(32)] for i in range(257)]},
        "predecessor of 31 bytes": {**f, 8: bytes(31)}, "rule with a > b": {**f, 6: [[5, 1, 1, 1, 1, 1]]}, "severity 4": {**f, 6: [[1, 5, 1, 1, 1, 4]]},
        "class 2": {**f, 4: 2}, "nonce of 15 bytes": {**f, 2: bytes(15)}, "no title": {k: v for k, v in f.items() if k != 3},
        "relation 2": {**f, 5: [m[0], {**m[1], 4: [["x", 2]]}]}, "title of 65 bytes": {**f, 3: "x" * 65}, "suite 2": {**f, 1: 2},
        "five forces": {**f, 5: [m[0], {**m[1], 4: [[f"force {i}", 0] for i in range(5)]}]},
        "65 rules": {**f, 6: [[1, 5, i + 1, 1, 1, 1] for i in range(65)]}}
    for why, fields in bad.items():
        raw = d.make_statement(d.CHARTER, fields, seed("NORD root"))
        cases.append({"valid": False, "name": why, "statement": raw, "error": refused(d.read_charter, raw)})
    raw = d.make_statement(d.CHARTER, f, seed("nobody"))
    cases.append({"valid": False, "name": "proposed by no member", "statement": raw, "error": refused(d.read_charter, raw)})
    assert content == d.read_statement(W.charter).content
    return cases


# --- records.json, tree.json -------------------------------------------------

def header_fields(h):
    return {"kind": h.kind, "time": h.time, "flags": h.flags, "to": h.to,
            "seen": [{"wid": s[0], "size": s[1], "root": s[2]} for s in h.seen], "body_size": h.length,
            "body_hash": h.hash}


def records():
    root = seed("some root")
    eight = [[16 * i + 3, 10 ** i, seed(f"root {i}")] for i in range(1, 9)]
    shapes = [
        ("smallest", dict(kind=0, time=0)), ("no body", dict(kind=15, time=TIME)),
        ("open", dict(kind=1, time=TIME, body=open_body("NORD", 1))),
        ("message", dict(kind=4, time=TIME, body=d.encode({2: "hello", 3: "en"}), to=[1])),
        ("flash", dict(kind=9, time=TIME + 1, flags=3, body=d.encode({5: 0}))),
        ("priority exercise", dict(kind=4, time=TIME, flags=0b0101, body=b"\xa0")),
        ("flash drill", dict(kind=17, time=TIME, flags=0b1111, body=b"\xa0")),
        ("three addressed", dict(kind=4, time=TIME, to=[0, 23, 24, 199], body=b"\xa0")),
        ("one log seen", dict(kind=5, time=TIME, seen=[[16, 42, root]], body=b"\xa0")),
        ("eight logs seen", dict(kind=5, time=TIME, seen=eight, to=[0, 1, 2], body=b"\xa0")),
        ("greatest numbers", dict(kind=255, time=d.INT_MAX, seen=[[0, 1, root], [3199, d.SIZE_MAX, root]], to=[199])),
        ("body of 255 bytes", dict(kind=4, time=TIME, body=bytes(255))),
        ("body of 256 bytes", dict(kind=4, time=TIME, body=bytes(256))),
        ("greatest body", dict(kind=4, time=TIME, body=bytes(d.BODY_MAX))),
        ("everybody addressed one by one", dict(kind=4, time=TIME, to=list(range(200)), body=b"\xa0"))]
    cases = []
    for seq, (name, shape) in enumerate(shapes):
        body = shape.get("body", b"")
        h = d.make_header(**shape)
        zeros = len(body) > 300 and not any(body)
        case = {"valid": True, "name": name, **header_fields(h), "header": h.raw, "prefix": h.prefix,
                "leaf": d.leaf(h.raw), "code": "NORD", "number": 1 + seq % 16, "seq": seq * seq * seq,
                "record_id": d.record_id("NORD", 1 + seq % 16, seq * seq * seq, d.leaf(h.raw))}
        case["body_zeros" if zeros else "body"] = len(body) if zeros else body
        cases.append(case)
    good = [1, 4, TIME, 0, [1, 2], [[16, 1, root], [32, 1, root]], 1, d.sha256(b"\xa0")]

    def but(at, value):
        return [*good[:at], value, *good[at + 1:]]
    full = d.Header(4, TIME, 0, list(range(24)), eight, 1, good[7]).raw
    assert len(full) <= d.HEADER_MAX
    bad = {
        "version 2": but(0, 2), "version 0": but(0, 0), "kind negative": but(1, -1), "time negative": but(2, -1),
        "time of 2^63": but(2, 2**63), "time as text": but(2, "x"), "flag bit 4": but(3, 16), "to not sorted": but(4, [2, 1]),
        "to repeated": but(4, [1, 1]), "to beyond the members": but(4, [200]), "to no array": but(4, 1),
        "seen not sorted": but(5, good[5][::-1]), "seen repeated": but(5, [good[5][0]] * 2),
        "seen beyond the writers": but(5, [[3200, 1, root]]), "seen without root": but(5, [[16, 1]]),
        "seen with a root of 31 bytes": but(5, [[16, 1, bytes(31)]]), "nine logs seen": but(5, [[0, 1, b""]] * 9),
        "body too large": but(6, d.BODY_MAX + 1), "hash of 31 bytes": but(7, bytes(31)),
        "hash as text": but(7, "x" * 32), "length 0, hash of something": but(6, 0), "seven items": good[:7], "nine items": [*good, 0]}
    for why, item in bad.items():
        raw = d.encode(item)
        cases.append({"valid": False, "name": why, "header": raw, "error": refused(d.read_header, raw)})
    raw = d.encode(good)
    for why, raw in (("a byte more", raw + b"\0"), ("cut short", raw[:-1]), ("time not shortest", raw.replace(b"\x04\x1b", b"\x18\x04\x1b", 1)),
                     ("513 bytes and more", d.Header(4, TIME, 0, list(range(200)), eight, 1, good[7]).raw)):
        cases.append({"valid": False, "name": why, "header": raw, "error": refused(d.read_header, raw)})
    return cases


def open_body(code, n, line=None):
    line = line or W.line
    writer = W.writer[code][n - 1]
    return d.encode({1: line, 2: W.certificate[code][n - 1], 3: d.acceptance(seed(f"{code} root"), line, writer), 4: []})


def entries(n, name="entry"):
    return [f"{name} {i}".encode() for i in range(n)]


def leaves(n, name="entry"):
    return [d.leaf(e) for e in entries(n, name)]


def tree():
    cases = [{"type": "root", "size": n, "root": d.root(leaves(n))} for n in [*range(21), 255, 256, 257, 1000]]
    wanted = [(i, n) for n in range(1, 21) for i in range(n)]
    wanted += [(i, n) for n in (255, 256, 257) for i in (0, 128, n - 1)]
    for i, n in wanted:
        cases.append({"type": "inclusion", "index": i, "size": n, "path": d.inclusion(i, leaves(n))})
    wanted = [(m, n) for n in range(1, 21) for m in range(1, n + 1) if n < 17 or m in (1, 2, 8, 11, 15, 16, n - 1, n)]
    wanted += [(m, n) for n in (255, 256, 257) for m in (1, 64, 127, 255, 256) if m <= n]
    for m, n in wanted:
        path = d.consistency(m, leaves(n))
        d.check_consistency(m, n, path, d.root(leaves(m)), d.root(leaves(n)))
        cases.append({"type": "consistency", "from": m, "to": n, "path": path})
    for m, n in [(m, n) for n in (2, 3, 7, 8, 9) for m in range(1, n)]:
        cases.append({"type": "fork-path", "from": m, "to": n, "path": d.consistency(m, leaves(n), False)})
    return cases


# --- checkpoints.json, promise.json ------------------------------------------

def checkpoints():
    cases = []
    for code, n, size in (("NORD", 1, 0), ("NORD", 1, 1), ("NORD", 1, 2), ("NORD", 2, 7), ("SUED", 1, 20), ("MEDI", 1, 257)):
        key = seed(f"{code} writer {n}")
        writer = d.public(key)
        root = d.root(leaves(size))
        text = d.checkpoint_text(W.line, writer, size, root)
        signature = d.sign_checkpoint(key, W.line, size, root)
        cosignatures = []
        for i, (other, m) in enumerate((c, k) for c, _ in PARTIES for k in (1, 2)):
            if (other, m) != (code, n) and i <= size:
                k = seed(f"{other} writer {m}")
                when = SECONDS + i if i else 0
                s = d.cosign(k, text, when)
                cosignatures.append({"cosigner": f"{other}.{m}", "seed": k, "writer": d.public(k), "time": when,
                                     "signature": s, "name": d.origin(W.line, d.public(k)),
                                     "key_id": d.note_key_id(d.origin(W.line, d.public(k)), 4, d.public(k)),
                                     "signature_line": d.cosignature_line(W.line, d.public(k), when, s)})
        cosignatures.sort(key=lambda c: c["name"])
        own = d.signature_line(W.line, writer, signature)
        note = d.make_note(text, own, *(c["signature_line"] for c in cosignatures))
        assert d.verify_checkpoint(note, W.line, writer) == (size, root)
        cases.append({"log": f"{code}.{n}", "line": W.line, "seed": key, "writer": writer, "origin": d.origin(W.line, writer),
                      "size": size, "root": root, "key_id": d.note_key_id(d.origin(W.line, writer), 1, writer),
                      "text": text, "signature": signature, "signature_line": own, "note": d.make_note(text, own),
                      "cosignatures": cosignatures, "note_with_cosignatures": note})
    return cases


def promises():
    cases = []
    for code, n, member, seq in (("NORD", 1, 0, 0), ("SUED", 2, 1, 41), ("MEDI", 1, 2, 2**40), ("NORD", 1, 0, d.SIZE_MAX - 1)):
        key, wid, h = seed(f"{code} writer {n}"), d.make_wid(member, n), d.leaf(f"entry {seq}".encode())
        cases.append({"line": W.line, "seed": key, "writer": d.public(key), "wid": wid, "seq": seq, "leaf": h,
                      "signature": d.promise(key, W.line, wid, seq, h)})
    return cases


# --- flash.json -------------------------------------------------------------

def flash():
    """FLASH of two members and their two logs each within some hours, in an order in which they might come."""
    cases = []
    for n, (budget, size) in enumerate([(6, 20), (6, 64), (0, 8), (1, 40), (3, 64)]):
        draw = random.Random(f"flash {n}")
        next_seq = {}
        rows = []
        for i in range(size):
            wid = d.make_wid(draw.randrange(2), draw.choice((1, 1, 1, 2)))
            seq = next_seq[wid] = next_seq.get(wid, 0) + draw.randrange(1, 4)
            kind = draw.choice((d.MESSAGE,) * 9 + (d.CHECK_FIRE, d.FIRE_ANSWER, d.ATTEMPT, 13))
            rows.append({"wid": wid, "seq": seq, "time": SECONDS * 1000 + draw.choice((0, 1, d.HOUR_MS - 1, d.HOUR_MS, d.HOUR_MS + 1, draw.randrange(2 * d.HOUR_MS))),
                         "kind": kind, "precedence": draw.choice((3, 3, 3, 2)), "class": draw.choice((1, 1, 1, 1, 0)),
                         "subject": draw.choice((0,) * 9 + (1, 2, 3)) if kind == d.MESSAGE else 0})
        draw.shuffle(rows)
        cases.append({"budget": budget, "records": rows, "demoted": d.demoted_flash(budget, rows)})
    assert any(any(c["demoted"]) for c in cases)
    return cases


# --- seal.json, officer.json -------------------------------------------------

def text_of(size):
    """A map whose encoding has exactly `size` bytes."""
    for n in range(size):
        if len(d.encode({2: "x" * n})) == size:
            return d.encode({2: "x" * n})
    raise AssertionError(size)


def tiers():
    """A notice told in steps: exact to one set of readers, its shape to another, its cells to a third."""
    wid, seq = 16, 77
    clear = {4: 1, 5: 2, 6: [], 7: 1771977600000, 8: 1772064000000, 10: False}
    cell = d.encode({6: [4865591], 7: 1772013600000, 8: 1772028000000})
    ring = [451000000, 191000000]
    shape = d.encode({3: "en", 4: [{1: 0, 2: [ring], 3: 1300000, 4: 0, 5: 100000, 6: 0, 7: 1772014500000, 8: 1772027100000}], 5: "shape"})
    exact = d.encode({3: "en", 4: [{1: 0, 2: [[451012345, 191023456]], 3: 500000, 4: 0, 5: 30000, 6: 0, 7: 1772014860000, 8: 1772026620000}],
                      5: "Clinic", 8: d.tier_digest(cell, shape)})
    K = {d.CELL: seed("set key cell"), d.SHAPE: seed("set key shape"), d.EXACT: seed("set key exact")}
    R = {d.EXACT: d.record_key(K[d.EXACT], W.line, wid, seq)}
    R[d.SHAPE] = d.tier_key(R[d.EXACT], d.SHAPE)
    R[d.CELL] = d.tier_key(R[d.SHAPE], d.CELL)
    parts = {t: d.tier_part(K[t], R[t], W.line, wid, seq, t, text) for t, text in ((d.CELL, cell), (d.SHAPE, shape))}
    for t, text in ((d.CELL, cell), (d.SHAPE, shape)):
        assert d.tier_unwrap(K[t], W.line, wid, seq, t, parts[t]) == R[t]
        assert d.tier_open(R[t], W.line, wid, seq, t, parts[t]) == text
    for t, other in ((d.CELL, d.SHAPE), (d.SHAPE, d.CELL)):
        assert refused(d.tier_open, R[other], W.line, wid, seq, t, parts[t]) == "DOES_NOT_OPEN"
        assert refused(d.tier_unwrap, K[other], W.line, wid, seq, t, parts[t]) == "DOES_NOT_OPEN"
    body = {**clear, 30: d.seal(K[d.EXACT], W.line, wid, seq, exact), 31: parts[d.CELL], 32: parts[d.SHAPE]}
    return {"type": "tiers", "line": W.line, "wid": wid, "seq": seq, "clear": d.encode(clear), "cell": cell, "shape": shape, "exact": exact,
            "K_cell": K[d.CELL], "K_shape": K[d.SHAPE], "K_exact": K[d.EXACT], "R_cell": R[d.CELL], "R_shape": R[d.SHAPE],
            "R_exact": R[d.EXACT], "digest": d.tier_digest(cell, shape), "body": d.encode(body)}


def seal():
    cases = []
    K = seed("set key 1")
    texts = [b"\xa0", d.encode({2: "Convoy at 14:00Z", 3: "en"}), text_of(31), text_of(32), text_of(33), text_of(512),
             text_of(513), text_of(768), text_of(4096), text_of(4097)]
    for i, plaintext in enumerate(texts):
        wid, seq = (0, 0) if i == 0 else (d.make_wid(1, 1), 40 + i)
        R = d.record_key(K, W.line, wid, seq)
        E, salt = d.seal_keys(R)
        part = d.seal(K, W.line, wid, seq, plaintext)
        assert d.open_sealed(R, W.line, wid, seq, part) == plaintext
        case = {"type": "seal", "K": K, "line": W.line, "wid": wid, "seq": seq, "plaintext": plaintext, "key_id": part[0],
                "R": R, "E": E, "salt": salt, "padded_size": d.padded_size(len(plaintext)), "commitment": part[1],
                "sealed_part": d.encode(part)}
        if len(plaintext) <= 512:   # larger ones are told only once, to keep the file small
            case |= {"padded": d.pad(plaintext), "ciphertext": part[2], "body": d.encode({30: part}),
                     "opened_body": d.encode({30: [part[0], plaintext]})}
        cases.append(case)
    kid, R = d.key_id(K), d.record_key(K, W.line, 16, 41)
    for what, key in (("set key", K), ("record key", R)):
        boxes = []
        for wid, reader in ((0, seed("NORD reader 1")), (32, seed("MEDI reader 1"))):
            e = seed(f"ephemeral {what} {wid}")
            box = d.make_box(key, kid, W.line, d.x_public(reader), e)
            assert d.open_box(box, kid, W.line, reader) == key
            boxes.append({"wid": wid, "reader_secret": reader, "reader": d.x_public(reader), "ephemeral_secret": e,
                          "ephemeral": d.x_public(e), "shared": d.x_shared(e, d.x_public(reader)),
                          "box_key": d.box_key(d.x_shared(e, d.x_public(reader)), W.line, d.x_public(e), d.x_public(reader), kid),
                          "box": box})
        body = {1: kid, 2: [[b["wid"], b["box"]] for b in boxes], 3: TIME + 86400000}
        if what == "record key":
            body[4] = [16, 41]
        if what == "record key":   # of one tier of it
            tiered = {**body, 5: 2}
            cases.append({"type": "grant", "of": "tier", "line": W.line, "key": key, "key_id": kid, "expiry": TIME + 86400000,
                          "tier": 2, "boxes": boxes, "body": d.encode(tiered)})
        cases.append({"type": "grant", "of": what, "line": W.line, "key": key, "key_id": kid, "expiry": TIME + 86400000,
                      "boxes": boxes, "body": d.encode(body)})
    cases.append(tiers())
    sizes = [1, 31, 32, 33, 480, 511, 512, 513, 767, 768, 769, 4095, 4096, 4097, 5120, 5121, 12287, 12288]
    cases.append({"type": "padding", "sizes": [[n, d.padded_size(n)] for n in sizes]})
    plaintext = texts[1]
    part, padded = d.seal(K, W.line, 16, 41, plaintext), d.pad(plaintext)
    R = d.record_key(K, W.line, 16, 41)
    E, salt = d.seal_keys(R)

    def by_hand(padded):
        c = d.commitment(salt, padded)
        return [kid, c, d.ChaCha20Poly1305(E).encrypt(c[:12], padded, W.line + d.wid2(16) + d.seq8(41))]
    bad = {"bit of the ciphertext": [kid, part[1], broken(part[2], 3)], "bit of the tag": [kid, part[1], broken(part[2], len(part[2]) - 1)],
           "bit of the nonce in the commitment": [kid, broken(part[1], 0), part[2]], "bit of the rest of the commitment": [kid, broken(part[1], 31), part[2]],
           "padding not zero": by_hand(padded[:-1] + b"\1"), "padding of the next class": by_hand(padded + bytes(32)),
           "not padded": by_hand(plaintext), "another record's": d.seal(K, W.line, 16, 42, plaintext)}
    for why, p in bad.items():
        cases.append({"type": "refused", "name": why, "R": R, "line": W.line, "wid": 16, "seq": 41,
                      "sealed_part": d.encode(p), "error": refused(d.open_sealed, R, W.line, 16, 41, p)})
    return cases


def ack_record(code="SUED", flags=2):
    """An acknowledgement, its header and its body."""
    member = [c for c, _ in PARTIES].index(code)
    clear = {1: [0, 1, d.leaf(b"entry 1")]}
    h = d.Header(6, TIME + 5000, flags, [0])
    wid = d.make_wid(member, 1)
    body = {**clear, 15: d.sign_officer(seed(f"{code} operator 7"), 7, W.line, wid, h, clear)}
    return d.make_header(6, TIME + 5000, d.encode(body), flags, [0]), body, wid


def sealed_position():
    """An objection whose text is sealed."""
    K, seq, wid = seed("set key 1"), 3, 16
    plaintext = d.encode({2: "The bridge is closed.", 3: "en"})
    clear = {1: [0, 1, d.leaf(b"entry 1")], 5: 1}
    h = d.Header(8, TIME + 6000, 1, [0])
    body = {**clear, 15: d.sign_officer(seed("SUED operator 7"), 7, W.line, wid, h, clear, d.pad(plaintext)),
            30: d.seal(K, W.line, wid, seq, plaintext)}
    salt = d.seal_keys(d.record_key(K, W.line, wid, seq))[1]
    return d.make_header(8, TIME + 6000, d.encode(body), 1, [0]), body, wid, plaintext, salt


def officer():
    cases = []
    key = d.public(seed("SUED operator 7"))
    h, body, wid = ack_record()
    h2, body2, _, plaintext, _ = sealed_position()
    lift = {1: [0, 3, d.leaf(b"entry 3")]}
    h3 = d.Header(12, TIME + 9000, 2)
    lift |= {15: d.sign_officer(seed("SUED operator 7"), 7, W.line, wid, h3, lift),
             16: d.sign_officer(seed("SUED operator 8"), 8, W.line, wid, h3, lift)}
    d.check_officer(d.public(seed("SUED operator 8")), W.line, wid, h3, lift, where=d.KEY_SECOND)
    for name, header, fields, padded in (("acknowledgement", h, body, b""), ("sealed position", h2, body2, d.pad(plaintext)),
                                         ("lift with a second officer", h3, lift, b"")):
        d.check_officer(key, W.line, wid, header, fields, padded)
        clear = d.encode({k: v for k, v in fields.items() if k not in (15, 16, 30)})
        common = {"line": W.line, "wid": wid, "operator_number": 7, "operator": key, "body": d.encode(fields)}
        cases.append({"valid": True, "name": name, **common, "operator_seed": seed("SUED operator 7"), "kind": header.kind,
                      "time": header.time, "flags": header.flags, "to": header.to, "padded": padded, "clear": clear, "digest": d.sha256(clear, padded),
                      "message": d.labelled("operator", *d.officer_parts(W.line, wid, header, fields, padded)),
                      "signature": fields[15][1]})
        changed = {**fields, 15: [7, broken(fields[15][1], 0)]}
        bad = {"bit of the signature": (header, changed, padded, W.line, wid),
               "another kind": (d.Header(header.kind + 1, header.time, header.flags, header.to), fields, padded, W.line, wid),
               "another time": (d.Header(header.kind, header.time + 1, header.flags, header.to), fields, padded, W.line, wid),
               "another class": (d.Header(header.kind, header.time, header.flags ^ 4, header.to), fields, padded, W.line, wid),
               "another addressee": (d.Header(header.kind, header.time, header.flags, header.to + [9]), fields, padded, W.line, wid),
               "another line": (header, fields, padded, seed("line"), wid),
               "another writer": (header, fields, padded, W.line, wid + 1),
               "another plaintext": (header, fields, padded + bytes(32), W.line, wid),
               "another clear part": (header, {**fields, 1: [0, 2, d.leaf(b"entry 2")]}, padded, W.line, wid)}
        for why, (hh, ff, pp, line, ww) in bad.items():
            cases.append({"valid": False, "name": f"{name}: {why}", **common, "line": line, "wid": ww, "kind": hh.kind,
                          "time": hh.time, "flags": hh.flags, "to": hh.to, "padded": pp, "body": d.encode(ff),
                          "error": refused(d.check_officer, key, line, ww, hh, ff, pp)})
    a, b = (0, 5, d.leaf(b"entry 5")), (16, 2, d.leaf(b"entry 2"))
    c = d.conflict_id(W.line, a, b)
    assert c == d.conflict_id(W.line, b, a)
    cases.append({"valid": True, "name": "conflict id", "line": W.line, "conflict": c, "word": d.word(c),
                  "a": {"wid": a[0], "seq": a[1], "leaf": a[2]}, "b": {"wid": b[0], "seq": b[1], "leaf": b[2]}})
    return cases


# --- fork.json ---------------------------------------------------------------

# --- standing.json: whose signature counts where ------------------------------

def acknowledged_by(signer, wid, code="SUED"):
    """Header and body of an acknowledgement as officer 7, signed by the key of that seed."""
    clear = {1: [0, 1, d.leaf(b"entry 1")]}
    h = d.Header(6, TIME + 5000, 2, [0])
    body = {**clear, 15: d.sign_officer(seed(signer), 7, W.line, wid, h, clear)}
    encoded = d.encode(body)
    return h, body, d.make_header(6, TIME + 5000, encoded, 2, [0]).raw, encoded


def standing():
    root, first, second, third = seed("SUED root"), "SUED operator 7", "SUED operator 7 again", "SUED operator 7 once more"

    def certify(key):
        return d.make_statement(d.OPERATOR, {1: 1, 2: 7, 3: d.public(seed(key)), 4: "watch officer", 6: TIME}, root)

    def revoke(key, *good):
        return d.make_statement(d.REVOCATION, {1: 1, 3: d.public(seed(key)), 5: [[W.line, n, size] for n, size in good],
                                               6: TIME, 7: "left"}, root)

    elsewhere = d.make_statement(d.REVOCATION, {1: 1, 3: d.public(seed(first)), 5: [[seed("line"), 1, 50]], 6: TIME, 7: "left"}, root)
    signed = [(wid, *acknowledged_by(signer, wid)) for wid in (16, 17) for signer in (first, second, third)]
    cases = [{"name": "records", "charter": W.charter, "records": [
        {"wid": wid, "header": header, "body": body} for wid, _, _, header, body in signed]}]
    for name, certificates, revocations in (
            ("nobody is certified", [], []), ("one officer", [first], []),
            ("revoked, with sizes of two logs", [first], [revoke(first, (1, 10), (2, 3))]),
            ("revoked, no log named", [first], [revoke(first)]), ("revoked, another line named", [first], [elsewhere]),
            ("revoked twice: the smaller sizes", [first], [revoke(first, (1, 10), (2, 3)), revoke(first, (1, 4), (2, 9))]),
            ("a successor in the number", [first, second], [revoke(first, (1, 10), (2, 3))]),
            ("two keys for one number", [first, second], []),
            ("the first revoked from the start, two more", [first, second, third], [revoke(first)])):
        raw = [certify(key) for key in certificates]
        places = []
        for seq in (1, 2, 3, 9, 10, 11):
            for i, (wid, h, fields, _, _) in enumerate(signed):
                def check(key):
                    try:
                        return d.check_officer(key, W.line, wid, h, fields) is None
                    except d.Refused:
                        return False
                places.append({"record": i, "seq": seq, "standing": d.officer_standing(
                    [d.read_operator(c) for c in raw], [d.read_revocation(r) for r in revocations], W.line, wid, seq, 7, check)})
        cases.append({"name": name, "certificates": raw, "revocations": revocations, "places": places})
    return cases


def fork():
    key, wid, line = seed("SUED writer 1"), 16, W.line
    writer = d.public(key)
    one, two = leaves(9), leaves(4) + leaves(9, "other")[4:]

    def cp(tree, n):
        return [n, d.root(tree[:n]), d.sign_checkpoint(key, line, n, d.root(tree[:n]))]

    def pr(tree, seq):
        return [seq, tree[seq], d.promise(key, line, wid, seq, tree[seq])]
    cases = []

    def add(valid, name, type_, a, b, path=(), line_=line, wid_=wid, raw=None):
        raw = raw or d.fork_proof(line_, wid_, type_, a, b, path)
        case = {"valid": valid, "name": name, "line": line, "wid": wid, "writer": writer, "proof": raw}
        if valid:
            case["type"] = d.check_fork(raw, line, wid, writer)
        else:
            case["error"] = refused(d.check_fork, raw, line, wid, writer)
        cases.append(case)
    a, b = sorted([cp(one, 7), cp(two, 7)])
    add(True, "checkpoints of one size", 1, a, b)
    add(False, "checkpoints of one size, wrong order", 1, b, a)
    add(False, "one checkpoint twice", 1, a, a)
    add(False, "checkpoints of one size with a path", 1, a, b, [one[0]])
    for m in (5, 6, 7, 8):
        path = d.consistency(m, two, False)
        add(True, f"checkpoints of sizes {m} and 9", 1, cp(one, m), cp(two, 9), path)
        add(False, f"checkpoints of sizes {m} and 9, path short", 1, cp(one, m), cp(two, 9), path[:-1])
        add(False, f"checkpoints of sizes {m} and 9, path long", 1, cp(one, m), cp(two, 9), [*path, one[0]])
        add(False, f"checkpoints of sizes {m} and 9, consistent", 1, cp(two, m), cp(two, 9), path)
    add(True, "checkpoints of sizes 8 and 9, both in the second", 1, cp(one, 8), cp(two, 9), d.consistency(8, two, False))
    add(False, "path without the first node (power of two)", 1, cp(one, 8), cp(two, 9), d.consistency(8, two, True))
    add(False, "path of the wrong branch", 1, cp(one, 7), cp(two, 9), d.consistency(7, one, False))
    add(False, "common prefix", 1, cp(one, 4), cp(two, 9), d.consistency(4, two, False))
    add(False, "empty tree against nine", 1, cp(one, 0), cp(two, 9), [])
    path = d.consistency(7, two, False)
    add(False, "larger first", 1, cp(two, 9), cp(one, 7), path)
    bad = cp(one, 7)
    add(False, "signature of a changed", 1, [*bad[:2], broken(bad[2], 0)], cp(two, 9), path)
    bad = cp(two, 9)
    add(False, "signature of b changed", 1, cp(one, 7), [*bad[:2], broken(bad[2], 0)], path)
    a, b = sorted([pr(one, 6), pr(two, 6)])
    add(True, "promises", 2, a, b)
    add(False, "promises, wrong order", 2, b, a)
    add(False, "promises, the same leaf", 2, a, a)
    add(False, "promises for two places", 2, *sorted([pr(one, 5), pr(two, 6)]))
    add(False, "promises with a path", 2, a, b, [one[0]])
    add(False, "promise signed by another", 2, a, [*b[:2], d.promise(seed("x"), line, wid, 6, b[1])])
    full = [two[6], *d.inclusion(6, two)]
    add(True, "promise against checkpoint", 3, pr(one, 6), cp(two, 9), full)
    add(True, "promise against checkpoint of one", 3, pr(leaves(1, "other"), 0), cp(one, 1), [one[0]])
    add(False, "promise kept", 3, pr(two, 6), cp(two, 9), full)
    add(False, "promise against checkpoint, no leaf", 3, pr(one, 6), cp(two, 9), full[1:])
    add(False, "promise against checkpoint, wrong leaf", 3, pr(one, 6), cp(two, 9), [one[5], *full[1:]])
    add(False, "promise beyond the checkpoint", 3, pr(one, 8), cp(two, 8), [two[8], *d.inclusion(7, two[:8])])
    add(False, "promise against checkpoint, empty path", 3, pr(one, 6), cp(two, 9), [])
    good = d.fork_proof(line, wid, 2, a, b)
    add(False, "type 4", 4, a, b)
    add(False, "another line", 2, a, b, line_=seed("line"))
    add(False, "another writer", 2, a, b, wid_=17)
    add(False, "version 2", 2, a, b, raw=d.encode([2, *d.decode(good)[1:]]))
    add(False, "six items", 2, a, b, raw=d.encode(d.decode(good)[:6]))
    add(False, "a byte more", 2, a, b, raw=good + b"\0")
    return cases


# --- proof.json --------------------------------------------------------------

def sued_log():
    """Headers and bodies of SUED.1, sizes of a small exchange."""
    pos = sealed_position()
    rows = [(d.make_header(1, TIME, open_body("SUED", 1)), open_body("SUED", 1)),
            (d.make_header(4, TIME + 1000, d.encode({2: "Good morning", 3: "en"})), d.encode({2: "Good morning", 3: "en"})),
            (ack_record()[0], d.encode(ack_record()[1])), (pos[0], d.encode(pos[1])),
            (d.make_header(15, TIME + 7000), b""), (d.make_header(4, TIME + 8000, b"\xa2\x02\x00\x02\x00"), b"\xa2\x02\x00\x02\x00")]
    return rows


def build(seq, size=6, cosigners=(), opening=None, shown=True):
    rows = sued_log()[:size]
    key, certificate = seed("SUED writer 1"), W.certificate["SUED"][0]
    hashes = [d.leaf(h.raw) for h, _ in rows]
    root = d.root(hashes)
    text = d.checkpoint_text(W.line, d.public(key), size, root)
    co = [d.Cosignature(W.certificate[c][n - 1], SECONDS + n, d.cosign(seed(f"{c} writer {n}"), text, SECONDS + n))
          for c, n in cosigners]
    return d.make_proof(rows[seq][0].raw, rows[seq][1] if shown else None, certificate, seq, d.inclusion(seq, hashes),
                        W.line, size, root, d.sign_checkpoint(key, W.line, size, root), co, opening)


def proof_parts(text):
    """extra as a list and a function that puts it back."""
    lines = text.split("\n")
    return d.decode(d.unb64(lines[1][6:])), lambda extra: "\n".join([lines[0], "extra " + d.b64(d.encode(extra)), *lines[2:]])


def edit(name, base, changed):
    """How to make `changed` of the valid proof `name`: cut `cut` bytes at `at`, put `put` there."""
    same = 0
    while same < min(len(base), len(changed)) and base[same] == changed[same]:
        same += 1
    tail = 0
    while tail < min(len(base), len(changed)) - same and base[-1 - tail] == changed[-1 - tail]:
        tail += 1
    return {"base": name, "at": len(base[:same].encode()), "cut": len(base[same:len(base) - tail].encode()),
            "put": changed[same:len(changed) - tail]}


def proof():
    cards = {c: d.read_card(W.card[c]) for c in W.card}
    cases = [{"card": c, "armour": d.armour(W.card[c]), "root": cards[c].root} for c in cards]

    def good(name, text, note):
        p = d.verify_proof(text.encode(), cards["SUED"], cards.values())
        cases.append({"valid": True, "name": name, "about": note, "card": "SUED", "proof": text,
                      "code": p.code, "record_id": p.record_id, "number": p.number, "seq": p.seq, "leaf": p.leaf,
                      "size": p.size, "line": p.line, "writer": p.writer, **header_fields(p.header),
                      "body": d.decode(d.unb64(text.split("\n")[1][6:]))[1] or b"", "body_error": p.body_error or "",
                      "officer": p.officer,
                      "cosigners": [{"code": c[0], "root": c[1], "number": c[2], "time": c[3]} for c in p.cosigners]})
    both = [("NORD", 1), ("MEDI", 1)]
    _, _, _, plaintext, salt = sealed_position()
    good("open", build(0, 1), "a log of one record: no path")
    good("message", build(1), "no cosignature")
    good("acknowledgement", build(2, 6, both), "officer's signature, two cosigners")
    good("sealed", build(3, 6, both), "sealed part not opened")
    good("opened", build(3, 6, both, [salt, plaintext]), "sealed part opened by whoever had the key")
    good("not shown", build(3, 6, both, None, False), "body not shown")
    good("empty body", build(4), "no body")
    good("invalid body", build(5), "signed, but the body is not canonical")
    good("six cosigners", build(2, 4, [(c, n) for c, _ in PARTIES for n in (1, 2) if (c, n) != ("SUED", 1)]), "all installations")

    text = build(2, 6, both)
    lines = text.split("\n")
    extra, back = proof_parts(text)
    body, header = extra[1], extra[0]
    note_at = lines.index("")
    sigs = [i for i, x in enumerate(lines) if x.startswith("\u2014")]

    def swap(i, value):
        return "\n".join([*lines[:i], value, *lines[i + 1:]])

    def drop(i):
        return "\n".join([*lines[:i], *lines[i + 1:]])

    def insert(i, value):
        return "\n".join([*lines[:i], value, *lines[i:]])

    def loose(x):   # same value, unused bits of base64 set
        table = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        at = len(x.rstrip("=")) - 1
        return x[:at] + table[table.index(x[at]) + 1] + x[at + 1:]
    opened, back3 = proof_parts(build(3, 6, both, [salt, plaintext]))
    bad = {
        "empty file": "", "first line": swap(0, "c2sp.org/tlog-proof@v2"), "no extra": drop(1), "no index": drop(2),
        "index with a zero in front": swap(2, "index 02"), "index with a sign": swap(2, "index +2"), "another index": swap(2, "index 3"),
        "index beyond the tree": swap(2, "index 6"), "index beyond 2^63": swap(2, "index 99999999999999999999"),
        "carriage returns": text.replace("\n", "\r\n"), "no last newline": text[:-1], "newline after": text + "\n",
        "byte order mark": "\ufeff" + text, "blank at a line's end": swap(2, lines[2] + " "), "path short": drop(3),
        "path long": insert(3, lines[3]), "path swapped": "\n".join([*lines[:3], lines[4], lines[3], *lines[5:]]),
        "path with loose base64": swap(3, loose(lines[3])), "extra with loose base64": None,
        "extra without padding": swap(1, lines[1].rstrip("=")), "second empty line": insert(note_at, ""),
        "extension line": insert(note_at + 4, "extension"), "size with a zero in front": swap(note_at + 2, "06"),
        "another size": swap(note_at + 2, "7"), "another root": swap(note_at + 3, d.b64(seed("root"))),
        "root with loose base64": swap(note_at + 3, loose(lines[note_at + 3])),
        "another line": text.replace(d.b32(W.line), d.b32(seed("line"))),
        "origin in capitals": text.replace(d.b32(W.line), d.b32(W.line).upper()),
        "hyphen for the dash": swap(sigs[0], "-" + lines[sigs[0]][1:]), "no signature": "\n".join([*lines[:sigs[0]], ""]),
        "writer's signature missing": drop(sigs[0]), "cosignature missing": drop(sigs[1]),
        "cosignature twice": insert(sigs[1], lines[sigs[1]]), "cosignatures swapped": "\n".join(
            [*lines[:sigs[1]], lines[sigs[2]], lines[sigs[1]], *lines[sigs[2] + 1:]]),
        "cosignature first": "\n".join([*lines[:sigs[0]], lines[sigs[1]], lines[sigs[0]], *lines[sigs[1] + 1:]]),
        "signature of a stranger": insert(len(lines) - 1, "\u2014 example.com/stranger " + d.b64(bytes(68))),
        "key id": swap(sigs[0], " ".join([*lines[sigs[0]].split(" ")[:2], d.b64(broken(d.unb64(lines[sigs[0]].split(" ")[2]), 0))])),
        "cosignature's time": swap(sigs[1], " ".join([*lines[sigs[1]].split(" ")[:2], d.b64(broken(d.unb64(lines[sigs[1]].split(" ")[2]), 11))])),
        "body changed": back([header, body[:-1] + bytes([body[-1] ^ 1]), *extra[2:]]), "body of another length": back([header, body + b"\0", *extra[2:]]),
        "header changed": back([header.replace(b"\x88\x01\x06", b"\x88\x01\x05"), *extra[1:]]),
        "header of version 2": back([b"\x88\x02" + header[2:], *extra[1:]]), "header cut short": back([header[:-1], *extra[1:]]),
        "no certificate": back([header, body, [], None]),
        "certificate of another writer": back([header, body, [W.certificate["SUED"][1], *extra[2][1:]], None]),
        "card for a certificate": back([header, body, [W.card["SUED"], *extra[2][1:]], None]),
        "certificate too many": back([header, body, [*extra[2], W.certificate["NORD"][1]], None]),
        "certificate missing": back([header, body, extra[2][:2], None]), "certificates swapped": back([header, body, [extra[2][0], extra[2][2], extra[2][1]], None]),
        "opening of what is not sealed": back([header, body, extra[2], [salt, plaintext]]), "three items": back(extra[:3]), "five items": back([*extra, None]),
        "opening false": back([*extra[:3], False]), "certificate with a changed bit": back([header, body, [broken(extra[2][0], 12), *extra[2][1:]], None]),
        "certificate by another root": back([header, body, [d.make_statement(2, d.read_statement(extra[2][0]).fields, seed("MEDI root")), *extra[2][1:]], None]),
        "opening with another salt": back3([*opened[:3], [broken(salt, 0), plaintext]]),
        "opening with another text": back3([*opened[:3], [salt, d.encode({2: "The bridge is open.", 3: "en"})]]),
        "opening with its padding": back3([*opened[:3], [salt, d.pad(plaintext)]]), "opening without body": back3([opened[0], None, *opened[2:]]),
        "extra not canonical": "\n".join([lines[0], "extra " + d.b64(b"\x98\x04" + d.encode(extra)[1:]), *lines[2:]]),
        "extra with a byte more": "\n".join([lines[0], "extra " + d.b64(d.encode(extra) + b"\0"), *lines[2:]]),
    }
    empty, back4 = proof_parts(build(4))
    bad["empty body not shown"] = back4([empty[0], None, *empty[2:]])
    if lines[1].endswith("="):
        bad["extra with loose base64"] = swap(1, "extra " + loose(lines[1][6:]))
    for why, broken_text in bad.items():
        if broken_text is not None:
            assert broken_text != text, why
            cases.append({"valid": False, "name": why, "card": "SUED", **edit("acknowledgement", text, broken_text),
                          "error": refused(d.verify_proof, broken_text.encode(), cards["SUED"])})
    cases.append({"valid": False, "name": "another party's card", "card": "NORD", **edit("acknowledgement", text, text),
                  "error": refused(d.verify_proof, text.encode(), cards["NORD"])})
    return cases


def volumes():
    """Volumes of sealed notices, and how they compare in height and time."""
    circle = {1: d.CIRCLE, 2: [[330000000, 440000000]], 3: 100000, 4: 0, 5: 30000, 6: d.SURFACE, 7: TIME,
              8: TIME + 3_600_000}
    square = {**circle, 1: d.POLYGON, 2: [[330000000, 440000000, 330000000, 440100000, 330100000, 440100000,
                                           330100000, 440000000]], 3: 0}
    route = {**circle, 1: d.CORRIDOR, 2: [[330000000, 440000000, 331000000, 440000000]],
             9: [[TIME, TIME + 1_800_000]], 10: 5000, 11: 600_000}
    day, daily = 86_400_000, [3 * 3_600_000, 86_400_000]
    level = {**circle, 4: 3_048_000, 5: 3_353_000, 6: d.LEVEL}
    made = [
        ("circle", circle), ("square", square), ("route with legs and margins", route),
        ("flight level", level), ("flight level, accuracy", {**level, 12: 150_000}),
        ("flight level below the standard's sea level", {**level, 4: -300_001, 5: -7}),
        ("no upper limit", {**level, 5: d.ALT_MAX, 12: 10_000_000}),
        ("near the greatest height", {**level, 4: d.ALT_MAX - 1, 5: d.ALT_MAX - 1, 12: 10_000_000}),
        ("over the sea", {**circle, 4: 400_000, 5: 900_000, 6: d.AMSL}),
        ("over the ellipsoid", {**circle, 4: 400_000, 5: 900_000, 6: d.WGS84, 12: 1}),
        ("daily for a week", {**circle, 8: TIME + 6 * day + daily[0], 13: daily, 11: 900_000}),
        ("the last window ends with the volume", {**circle, 8: TIME + 2 * day + 1000, 13: daily}),
        ("more windows than are told apart", {**circle, 8: TIME + 600 * day, 13: daily}),
        ("more positions than windows have room for", {**square, 2: [square[2][0] * 8], 8: TIME + 300 * day, 13: daily}),
    ]
    def ends(windows):
        return [len(windows), *windows[0], *windows[-1]]

    cases = [{"valid": True, "name": name, "volume": d.encode(d.read_volume(v)),
              "over_sea": d.over_sea(d.volume_band(v), v[6]), "windows": ends(d.volume_windows(v, 1)),
              "windows_of_16": ends(d.volume_windows(v, 16))} for name, v in made]
    cases[-1]["form_only"] = True  # a ring that revisits itself: geometry refuses it
    for a, case in enumerate(cases):  # with those from itself on, at 50 m and 300 m
        case["meets"] = [[d.heights_meet(made[a][1], v, mm) for mm in (50_000, 300_000)] for _, v in made[a:]]
    bad = [
        ("a datum that is none", {**circle, 6: 4}), ("altitude accuracy out of range", {**circle, 12: 10**7 + 1}),
        ("altitude accuracy negative", {**circle, 12: -1}),
        ("windows without time between them", {**circle, 13: [1000, 1000]}),
        ("one window only", {**circle, 13: [1000, 3_600_000]}), ("a window of no length", {**circle, 13: [0, 1000]}),
        ("three numbers", {**circle, 13: [1, 2, 3]}), ("text for numbers", {**circle, 13: ["1", 2]}),
        ("legs and windows", {**route, 13: [1000, 2000]}), ("no list", {**circle, 13: 5}),
        ("steps beyond all time", {**circle, 13: [1, 2**53 + 1]}),
    ]
    for name, v in bad:
        cases.append({"valid": False, "name": name, "volume": d.encode(v), "error": refused(d.read_volume, v)})
    return cases


def conflicts():
    """Bodies of CONFLICT and OUTCOME, by whom, and what becomes of conflicts."""
    a, b = [16, 3, d.sha256(b"a")], [33, 9, d.sha256(b"b")]
    offer = [16, 7, d.sha256(b"offer")]
    step = {1: a, 4: b, 5: d.SEEN}
    cases = []

    def body(name, kind, member, fields, read):
        error = None
        try:
            d.decode_map(d.encode(fields))
            read(fields)
        except d.Refused as e:
            error = e.name
        cases.append({"name": name, "kind": kind, "member": member, "body": d.encode(fields), "valid": error is None,
                      **({"error": error} if error else {})})

    for name, member, fields in (
            ("seen", 1, step), ("seen by a third", 0, step), ("raised by a third", 0, {**step, 5: d.RAISED}),
            ("words proposed", 2, {**step, 2: "an hour later", 5: d.PROPOSED}),
            ("an amendment offered", 1, {**step, 5: d.PROPOSED, 6: offer}),
            ("risk accepted", 2, {**step, 5: d.ACCEPTED}), ("withdrawn", 1, {**step, 5: d.WITHDRAWN}),
            ("nothing proposed", 1, {**step, 5: d.PROPOSED}), ("another's amendment offered", 2, {**step, 5: d.PROPOSED, 6: offer}),
            ("an offer with another step", 1, {**step, 6: offer}), ("risk accepted by a third", 0, {**step, 5: d.ACCEPTED}),
            ("proposed by a third", 0, {**step, 2: "x", 5: d.PROPOSED}),
            ("versions exchanged", 1, {**step, 1: b, 4: a}), ("one version twice", 1, {**step, 4: a}),
            ("two versions of one member", 1, {**step, 4: [17, 1, b[2]]}), ("no second version", 1, {1: a, 5: 1}),
            ("no step", 1, {1: a, 4: b}), ("a step that is none", 1, {**step, 5: 5}),
            ("a short leaf", 1, {**step, 4: [33, 9, b"x"]}), ("empty words", 1, {**step, 2: ""})):
        body(name, 23, member, fields, lambda f, m=member: d.conflict_author(f, m))
    outcome = {1: a, 5: d.IMPEDED}
    for name, fields in (
            ("impeded", outcome), ("delayed", {**outcome, 5: d.DELAYED, 8: 40}), ("struck, when, words", {1: a, 2: "hit twice", 5: d.STRUCK, 7: TIME}),
            ("delayed by how much?", {**outcome, 5: d.DELAYED}), ("minutes of another", {**outcome, 8: 40}),
            ("no such outcome", {**outcome, 5: 6}), ("minutes beyond all", {**outcome, 5: d.DELAYED, 8: 100000}),
            ("of nothing", {5: 0})):
        body(name, 24, 1, fields, d.read_outcome)
    rng = random.Random("conflicts")
    for i in range(120):
        patience, temporal, now = 900_000, 1_800_000, TIME + rng.randrange(0, 4_000_000)
        versions = [(m, rng.random() > 0.1, rng.random() < 0.3, TIME + rng.randrange(-3_000_000, 3_000_000),
                     TIME - rng.randrange(0, 1_000_000)) for m in (1, 2)]
        first = TIME + rng.randrange(0, 6_000_000)
        said = [d.Said(rng.choice((0, 16, 17, 32, 33)), 10 + k, TIME + rng.randrange(0, 50),
                       rng.choice((d.RAISED, d.SEEN, d.PROPOSED, d.ACCEPTED, d.ACCEPTED, d.ACCEPTED, d.WITHDRAWN, d.ACKNOWLEDGED)),
                       rng.random() > 0.2) for k in range(rng.randrange(0, 9))]
        state, parties, undecided = d.conflict_life(versions, said, patience, first, temporal, now)
        cases.append({"name": f"life {i}", "kind": 0, "valid": True, "versions": [list(v) for v in versions],
                      "said": [[s.wid, s.seq, s.time, -1 if s.what == d.ACKNOWLEDGED else s.what, s.signed] for s in said],
                      "patience": patience, "first": first, "temporal": temporal, "now": now,
                      "state": state, "parties": parties, "undecided": undecided})
    return cases


# RFC 9496 appendix A: multiples of the generator from 0, what encodes nothing, uniform bytes with
# the element derived of them.
RFC_9496 = {
    "multiples": """
        0000000000000000000000000000000000000000000000000000000000000000
        e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76
        6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919
        94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259
        da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57
        e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e
        f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403
        44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d
        903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c
        02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031
        20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f
        bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42
        e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460
        aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f
        46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e
        e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e""",
    "bad": """
        00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
        f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
        edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
        0100000000000000000000000000000000000000000000000000000000000000
        01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
        ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20
        c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562
        26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371
        4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f
        3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e
        a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220
        ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f""",
    "derived": """
        5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c14d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6
        3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46
        f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b270102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38
        f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b
        edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1200000000000000000000000000000000000000000000000000000000000000
        304282791023b73128d277bdcb5c7746ef2eac08dde9f2983379cb8e5ef0517f""",
}


def blind_run(name, size, cells):
    line, secrets = seed(f"{name} line"), [seed(f"{name} asks"), seed(f"{name} answers")]
    sides, messages = b.run(line, 3_600_000, size, secrets, cells)
    return {"name": name, "line": line, "slot": 3_600_000, "size": size, "secrets": secrets,
            "cells": [sorted(c) for c in cells], "messages": messages, "common": sides[0].common(),
            "openings": [s.opening() for s in sides]}


def blind():
    """Runs of blind notices, message by message; the bodies that carry one; the group itself."""
    place = 1_234_567 << 40 | 1 << 39
    some = blind_run("some in common", 16, [[place + 5, place + 6, place + 9], [place + 6, place + 7, place + 9, place + 40]])
    ref = [3, 41, seed("a proposal")]
    bodies = [{"event": 0, "bytes": b.blind_body(0, hello=some["messages"][0])},
              {"event": 1, "bytes": b.blind_body(1, ref, hello=some["messages"][1])},
              {"event": 2, "bytes": b.blind_body(2, ref)},
              {"event": 3, "bytes": b.blind_body(3, ref, after=seed("after"))},
              {"event": 4, "bytes": b.blind_body(4, ref)},
              {"event": 5, "bytes": b.blind_body(5, ref, step=4, reason="BAD_PROOF")}]
    message = bytes(i % 251 for i in range(2 * b.PART + 17))  # as its size and hash say
    records = [{"step": step, "part": i, "clear_size": len(clear), "clear_sha256": d.sha256(clear),
                "plain_sha256": d.sha256(plain or b"")}
               for step in (2, 5) for i, (clear, plain) in enumerate(b.parts(ref, step, message))]
    return [some, blind_run("none in common", 17, [[1, 2], [3]]), blind_run("nothing entered", 16, [[], [8]]),
            {"name": "bodies", "ref": ref, "hello": some["messages"][:2], "after": seed("after"), "bodies": bodies,
             "message_size": len(message), "message_sha256": d.sha256(message), "parts": records},
            {"name": "RFC 9496", **{k: v.split() for k, v in RFC_9496.items()}}]


def details():
    """Sealed parts of notices with words by field."""
    circle = {1: d.CIRCLE, 2: [[330000000, 440000000]], 3: 100000, 4: 0, 5: 30000, 6: d.SURFACE, 7: TIME, 8: TIME + 3_600_000}
    base = {3: "en", 4: [circle], 5: "Clinic"}
    good = [("one", [[3, "Upper mill"]]), ("some", [[6, "12 trucks"], [8, "staff 12, patients 3"], [24, "261400ZFEB26"]]),
            ("of a later version", [[2, "GPS"], [63, "what is that"]]), ("longest", [[1, "x" * 200]]),
            ("as many as there may be", [[i, "x"] for i in range(1, 33)])]
    bad = [("none", []), ("twice", [[3, "a"], [3, "b"]]), ("out of order", [[4, "a"], [3, "b"]]), ("field 0", [[0, "a"]]),
           ("field 64", [[64, "a"]]), ("no words", [[3, ""]]), ("too long", [[3, "x" * 201]]), ("three things", [[3, "a", "b"]]),
           ("a number", [[3, 4]]), ("33 fields", [[i, "x"] for i in range(1, 34)])]
    cases = [{"valid": True, "name": n, "plain": d.encode({**base, 7: d.read_details({7: v})}), "details": v} for n, v in good]
    for n, v in bad:
        cases.append({"valid": False, "name": n, "plain": d.encode({**base, 7: v}), "error": refused(d.read_details, {7: v})})
    return cases


def lives():
    """Versions, what is said of them and who acknowledged it: what counts, and for whom it waits."""
    rng = random.Random("lives")
    cases = []
    for i in range(150):
        members = rng.choice((2, 3, 3, 4, 9))
        left = {m for m in range(1, members) if rng.random() < 0.1}
        records = [d.LifeRecord(0, d.NOTICE, None, 0, frozenset(), rng.random() < 0.5, True)]
        for _ in range(rng.randrange(1, 20)):
            kind = rng.choice((d.NOTICE, d.NOTICE_STATE, d.ACK, d.ACK, d.ACK, d.ACK))
            kinds = (d.NOTICE, d.NOTICE_STATE) if kind == d.ACK else (d.NOTICE,)
            about = rng.choice([k for k, r in enumerate(records) if r.kind in kinds][-3:])
            to = frozenset(m for m in range(1, members) if rng.random() < 0.5) if rng.random() < 0.6 else frozenset()
            wid = 16 * rng.randrange(members) + rng.randrange(2) if kind == d.ACK else rng.randrange(2)
            records.append(d.LifeRecord(wid, kind, about, rng.choice((0, 1, 2, 2, 3, 3, 3)) if kind == d.NOTICE_STATE else 0,
                                        to, rng.random() < 0.5, rng.random() < 0.9))
        cases.append({"name": f"lives {i}", "members": members, "left": sorted(left),
                      "records": [[r.wid, r.kind, -1 if r.about is None else r.about, r.state, sorted(r.to), r.movement, r.signed]
                                  for r in records],
                      "lives": [[place, life, waits] for place, (life, waits) in d.notice_lives(records, members, left).items()]})
    return cases


FILES = {"blind": blind, "cbor": cbor, "statements": statements, "charter": charter, "records": records, "tree": tree,
         "checkpoints": checkpoints, "promise": promises, "seal": seal, "officer": officer, "standing": standing, "fork": fork, "flash": flash, "proof": proof,
         "details": details, "volumes": volumes, "conflicts": conflicts, "lives": lives}


def contents(name):
    cases = FILES[name]()
    body = ",\n".join(json.dumps(hexed(c), ensure_ascii=True) for c in cases)
    return f'{{"source": "tests/reference/make_vectors.py", "cases": [\n{body}\n]}}\n'


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: make_vectors.py [--check]", file=sys.stderr)
        return 2
    stale = 0
    FOLDER.mkdir(exist_ok=True)
    for name in FILES:
        path, text = FOLDER / f"{name}.json", contents(name)
        if not arguments:
            path.write_text(text, encoding="ascii")
        elif not path.exists() or path.read_text(encoding="ascii") != text:
            print(f"{path.name} differs from what make_vectors.py writes", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
