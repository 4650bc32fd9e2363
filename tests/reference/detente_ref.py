# SPDX-License-Identifier: ISC
"""An independent reading of docs/protocol.md, for tests only.

Written from the page, not from the C: slow, short, and naive on purpose (a tree
is hashed again from its leaves, by the definitions of RFC 9162). What is refused
raises Refused with one of the names of src/base/err.h.

Needs Python 3.11 and the package `cryptography`.
"""
import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADER_MAX, BODY_MAX, STATEMENT_MAX, DEPTH_MAX = 512, 16384, 16384, 8
MEMBERS_MAX, WRITERS_MAX, OPERATORS_MAX, TEXT_MAX, SEEN_MAX, KIND_MAX = 200, 16, 999, 64, 8, 255
GOOD_MAX, OFFICER_KEYS_MAX = 64, 8  # logs of a revocation; certificates of one number that are tried
FORCES_MAX, RULES_MAX = 4, 64       # of a member, of a charter
HEADS_MAX = 256                     # of a predecessor's logs
CARD_MAX = {5: 16, 6: 32, 7: 4, 8: 8}  # certificates, officers, endpoints, contacts of a card
INT_MAX = 2**63 - 1
SIZE_MAX = 10**18 - 1          # records of a log
SECONDS_MAX = 253402300799       # the last second of the year 9999
SUITE = 1
CARD, CERTIFICATE, OPERATOR, REVOCATION, CHARTER = 1, 2, 3, 4, 5
ARMOUR = {CARD: "CARD", CHARTER: "CHARTER"}
KEY_OFFICER, KEY_SECOND, KEY_SEALED = 15, 16, 30


class Refused(ValueError):
    def __init__(self, name, detail=""):
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name, self.detail = name, detail


def need(condition, name, detail=""):
    if not condition:
        raise Refused(name, detail)


# --- CBOR, section 2 ---------------------------------------------------------

def _head(major, n):
    for info, size, end in ((None, 0, 24), (24, 1, 1 << 8), (25, 2, 1 << 16), (26, 4, 1 << 32), (27, 8, 1 << 64)):
        if n < end:
            return bytes([major << 5 | n]) if info is None else bytes([major << 5 | info]) + n.to_bytes(size, "big")
    raise ValueError("integer does not fit")


def encode(item):
    """The one encoding of `item` (int, bytes, str, list, dict, bool, None)."""
    if item is None or isinstance(item, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[item]
    if isinstance(item, int):
        return _head(0, item) if item >= 0 else _head(1, -1 - item)
    if isinstance(item, bytes):
        return _head(2, len(item)) + item
    if isinstance(item, str):
        return _head(3, len(item.encode())) + item.encode()
    if isinstance(item, (list, tuple)):
        return _head(4, len(item)) + b"".join(map(encode, item))
    if isinstance(item, dict):
        # a key ("simple", true) is what the decoder makes of true, which Python takes for 1
        pairs = sorted((encode(k[1] if isinstance(k, tuple) else k), encode(v)) for k, v in item.items())
        return _head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
    raise TypeError(type(item))



def _take(data, at, n):
    need(n <= len(data) - at, "TRUNCATED")
    return data[at:at + n], at + n


def _item(data, at, depth):
    first, at = _take(data, at, 1)
    major, info = first[0] >> 5, first[0] & 31
    need(info <= 27, "NOT_CANONICAL", "reserved or indefinite length")
    n = info
    if info >= 24:
        raw, at = _take(data, at, 1 << info - 24)
        n = int.from_bytes(raw, "big")
        need(major != 7, "BAD_TYPE", "float or simple value")
        need(n >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "NOT_CANONICAL", "not the shortest form")
    if major == 0:
        return n, at
    if major == 1:
        return -1 - n, at
    if major == 2:
        return _take(data, at, n)
    if major == 3:
        raw, at = _take(data, at, n)
        try:
            return raw.decode("utf-8", "strict"), at
        except UnicodeDecodeError:
            raise Refused("BAD_UTF8") from None
    if major in (4, 5):
        need(depth < DEPTH_MAX, "TOO_DEEP")
        need(n <= len(data) - at, "TRUNCATED")
    if major == 4:
        items = []
        for _ in range(n):
            value, at = _item(data, at, depth + 1)
            items.append(value)
        return items, at
    if major == 5:
        result, last = {}, None
        for _ in range(n):
            start = at
            need(at < len(data), "TRUNCATED")
            need(data[at] >> 5 not in (4, 5), "BAD_TYPE", "array or map as a key")
            key, at = _item(data, at, depth + 1)
            spelled = data[start:at]
            need(last is None or spelled > last, "NOT_CANONICAL", "keys not ascending")
            last = spelled
            value, at = _item(data, at, depth + 1)
            result[("simple", key) if key is None or isinstance(key, bool) else key] = value
        return result, at
    if major == 7 and 20 <= n <= 22:
        return {20: False, 21: True, 22: None}[n], at
    raise Refused("BAD_TYPE", "tag" if major == 6 else "simple value")


def decode_first(data):
    """The first item and the number of bytes it takes."""
    return _item(bytes(data), 0, 0)


def decode(data):
    """The item in `data`, which must be its one encoding and nothing else."""
    value, used = decode_first(data)
    need(used == len(data), "TRAILING")
    return value


def decode_map(data):
    value = decode(data)
    need(isinstance(value, dict), "BAD_TYPE", "not a map")
    return value


def is_int(value, low=0, high=INT_MAX):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def want_int(value, low=0, high=INT_MAX):
    need(isinstance(value, int) and not isinstance(value, bool), "BAD_TYPE", "not an integer")
    need(value >= 0 or low < 0, "BAD_TYPE", "negative")
    need(low <= value <= high, "BAD_VALUE", "out of range")
    return value


def want_bytes(value, size=None):
    need(isinstance(value, bytes), "BAD_TYPE", "not a byte string")
    need(size is None or len(value) == size, "BAD_VALUE", "wrong size")
    return value


def want_text(value, size=TEXT_MAX):
    need(isinstance(value, str), "BAD_TYPE", "not text")
    need(len(value.encode()) <= size, "TOO_LARGE", "text")
    return value


def want_list(value, size=None):
    need(isinstance(value, list), "BAD_TYPE", "not an array")
    need(size is None or len(value) == size, "BAD_VALUE", "wrong number of items")
    return value


def want(fields, key):
    need(key in fields, "MISSING_FIELD", str(key))
    return fields[key]


# --- text encodings ----------------------------------------------------------

def b32(data):
    return base64.b32encode(data).decode().lower().rstrip("=")


def unb32(text, size):
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (ValueError, TypeError):
        raise Refused("BAD_TEXT", "base32") from None
    need(len(data) == size and b32(data) == text, "NOT_CANONICAL", "base32")
    return data


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Refused("BAD_TEXT", "base64") from None
    need(b64(data) == text, "NOT_CANONICAL", "base64")
    return data


def decimal(text):
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII), "BAD_TEXT", "decimal number")
    need(int(text) <= INT_MAX, "BAD_VALUE", "number too large")
    return int(text)


# --- labels and keys, section 2 ----------------------------------------------

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def labelled(label, *parts):
    return f"detente/1/{label}".encode() + b"\0" + b"".join(parts)


def H(label, *parts):
    return sha256(labelled(label, *parts))


def M(key, label, *parts):
    return hmac.new(key, labelled(label, *parts), hashlib.sha256).digest()


def S(seed, label, *parts):
    return sign(seed, labelled(label, *parts))


def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def x_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def x_shared(secret, other):
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise Refused("BAD_KEY", "X25519 point of small order") from None


_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_ORDER8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER = {0, 1, _P - 1, _ORDER8, _P - _ORDER8}   # the y of the eight points


def strong_point(data):
    """Canonical encoding and not of small order."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    return y < _P and y not in _SMALL_ORDER


def verifies(key, message, signature):
    if len(key) != 32 or len(signature) != 64 or not strong_point(key) or not strong_point(signature[:32]):
        return False
    if int.from_bytes(signature[32:], "little") >= _L:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def check_label(key, signature, label, *parts):
    need(verifies(key, labelled(label, *parts), signature), "BAD_SIGNATURE", label)


# --- statements, section 3 ---------------------------------------------------

@dataclass
class Statement:
    type: int
    content: bytes
    signer: bytes
    raw: bytes

    @property
    def fields(self):
        return decode_map(self.content)

    @property
    def id(self):
        return H("statement-id", self.raw)


def make_statement(type_, fields, seed):
    content = encode(fields)
    raw = encode([1, type_, content, public(seed), S(seed, "statement", bytes([type_]), content)])
    need(len(raw) <= STATEMENT_MAX, "TOO_LARGE")
    return raw


def read_statement(raw, *types):
    need(len(raw) <= STATEMENT_MAX, "TOO_LARGE")
    item = want_list(decode(raw), 5)
    need(item[0] == 1 and is_int(item[0]), "UNKNOWN_VERSION")
    type_ = want_int(item[1], 1, 255)
    need(not types or type_ in types, "BAD_TYPE", "another statement")
    content, signer, signature = want_bytes(item[2]), want_bytes(item[3], 32), want_bytes(item[4], 64)
    fields = decode_map(content)
    check_label(signer, signature, "statement", bytes([type_]), content)
    need(want_int(want(fields, 1), 0) == SUITE, "UNKNOWN_SUITE")
    return Statement(type_, content, signer, raw)


def read_code(value):
    need(re.fullmatch("[A-Z][A-Z0-9]{1,7}", want_text(value, 8), re.ASCII), "BAD_VALUE", "code")
    return value


@dataclass
class Certificate:
    root: bytes
    number: int
    writer: bytes
    session: bytes
    reader: bytes
    time: int
    raw: bytes


def read_certificate(raw):
    s = read_statement(raw, CERTIFICATE)
    f = s.fields
    keys = [want_bytes(want(f, k), 32) for k in (3, 4, 5)]
    return Certificate(s.signer, want_int(want(f, 2), 1, WRITERS_MAX), *keys, want_int(want(f, 6)), raw)


@dataclass
class Operator:
    root: bytes
    number: int
    key: bytes
    role: str
    time: int


def read_operator(raw):
    s = read_statement(raw, OPERATOR)
    f = s.fields
    return Operator(s.signer, want_int(want(f, 2), 1, OPERATORS_MAX), want_bytes(want(f, 3), 32),
                    want_text(want(f, 4)), want_int(want(f, 6)))


@dataclass
class Revocation:
    root: bytes
    key: bytes
    good: list  # [line id, certificate number, size]
    time: int
    reason: str

    def holds(self, line, number, seq):
        """Is what the key signed at that place of that log of the party still good?"""
        return seq < min((size for l, n, size in self.good if (l, n) == (line, number)), default=0)


def read_revocation(raw):
    s = read_statement(raw, REVOCATION)
    f = s.fields
    good = [want_list(entry, 3) for entry in want_list(want(f, 5))]
    need(len(good) <= GOOD_MAX, "BAD_VALUE", "logs of a revocation")
    for line, number, size in good:
        want_bytes(line, 32), want_int(number, 1, WRITERS_MAX), want_int(size)
    return Revocation(s.signer, want_bytes(want(f, 3), 32), good, want_int(want(f, 6)), want_text(want(f, 7)))


def officer_standing(certificates, revocations, line, wid, seq, number, check):
    """What an officer's signature counts for at one place (section 6): "valid", "unknown", "revoked", "second" or
    "invalid". `certificates`: those of KEY records of the party, by (wid, seq); `check(key)`: does that key verify?"""
    known = False
    keys = list(dict.fromkeys(o.key for o in certificates if o.number == number))
    for key in keys[:OFFICER_KEYS_MAX]:
        holds = all(r.holds(line, wid % WRITERS_MAX + 1, seq) for r in revocations if r.key == key)
        if check(key):
            return ("second" if known else "valid") if holds else "revoked"
        known = known or holds
    return "invalid" if known else "unknown"


@dataclass
class Card:
    root: bytes
    code: str
    name: str
    certificates: list
    operators: list
    id: bytes


def read_card(raw):
    s = read_statement(raw, CARD)
    f = s.fields
    for key, most in CARD_MAX.items():
        need(len(want_list(want(f, key))) <= most, "BAD_VALUE", "a card with too much")
    certificates = [read_certificate(want_bytes(c)) for c in want_list(want(f, 5))]
    operators = [read_operator(want_bytes(c)) for c in want_list(want(f, 6))]
    for inner in certificates + operators:
        need(inner.root == s.signer, "BAD_SIGNATURE", "certificate of another root")
    want_int(want(f, 4))
    for text in want_list(want(f, 7)):
        need(isinstance(text, str), "BAD_TYPE")
    for contact in want_list(want(f, 8)):
        need(all(isinstance(x, str) for x in want_list(contact, 2)), "BAD_TYPE")
    return Card(s.signer, read_code(want(f, 2)), want_text(want(f, 3)), certificates, operators, s.id)


def armour(raw):
    word = ARMOUR[decode(raw)[1]]
    text = b64(raw)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN DETENTE {word}-----", *lines, f"-----END DETENTE {word}-----", ""])


def read_armour(text):
    """The statement in `text`; only the spelling that armour() would write."""
    lines = text.split("\n")
    need(len(lines) >= 4 and lines[0].startswith("-----BEGIN DETENTE ") and lines[-1] == "", "BAD_TEXT", "armour")
    raw = unb64("".join(lines[1:-2]))
    read_statement(raw, *ARMOUR)
    need(armour(raw) == text, "NOT_CANONICAL", "armour")
    return raw


# --- line and charter, section 4 ---------------------------------------------

def line_id(charter_content):
    return H("line", charter_content)


def make_wid(member, number):
    return member * 16 + number - 1


def wid2(wid):
    return want_int(wid, 0, MEMBERS_MAX * 16 - 1).to_bytes(2, "big")


def seq8(seq):
    return want_int(seq, 0, SIZE_MAX - 1).to_bytes(8, "big")


def read_charter(raw):
    """The fields of a charter, which one of its members has signed."""
    s = read_statement(raw, CHARTER)
    f = s.fields
    want_bytes(want(f, 2), 16)
    want_text(want(f, 3))
    want_int(want(f, 4), 0, 1)
    members = want_list(want(f, 5))
    need(2 <= len(members) <= MEMBERS_MAX, "BAD_VALUE", "members")
    for m in members:
        need(isinstance(m, dict), "BAD_TYPE")
        read_code(want(m, 1)), want_text(want(m, 2)), want_bytes(want(m, 3), 32)
        need(len(want_list(want(m, 4))) <= FORCES_MAX, "BAD_VALUE", "forces")
        for force in want_list(want(m, 4)):
            want_text(want_list(force, 2)[0]), want_int(force[1], 0, 1)
    need(len({m[1] for m in members}) == len({m[3] for m in members}) == len(members), "BAD_VALUE", "member twice")
    need(s.signer in {m[3] for m in members}, "UNKNOWN_PARTY", "signed by no member")
    need(len(want_list(want(f, 6))) <= RULES_MAX, "BAD_VALUE", "rules")
    for rule in want_list(want(f, 6)):
        a, b, lateral, vertical, temporal, severity = want_list(rule, 6)
        need(want_int(a, 1, 10) <= want_int(b, 1, 10), "BAD_VALUE", "rule")
        want_int(lateral), want_int(vertical), want_int(temporal), want_int(severity, 1, 3)
    settings = want(f, 7)
    need(isinstance(settings, dict), "BAD_TYPE")
    for deadline in want_list(want(settings, 1), 4):
        want_int(deadline)
    for key in (2, 3, 4):
        want_int(want(settings, key))
    want_int(settings.get(5, 0), 0, 7)
    test, watch = want_list(settings.get(6, [60000, 28800000]), 2)
    want_int(test, 1000, 86400000), want_int(watch, 60000, 7 * 86400000)
    percent = want_list(settings.get(7, [100, 150, 200, 250, 300, 350]), 6)
    need([want_int(p, 0, 10000) for p in percent] == sorted(percent), "BAD_VALUE", "steps out of order")
    if 8 in settings:
        leads = [want_list(lead, 2) for lead in want_list(settings[8])]
        categories = [want_int(c, 1, 10) for c, _ in leads]
        need(leads and categories == sorted(set(categories)), "BAD_VALUE", "lead times")
        for _, ms in leads:
            want_int(ms, 1, 366 * 86_400_000)
    if 8 in f:
        want_bytes(f[8], 32)
    if 9 in f:
        heads = want_list(f[9])
        need(1 <= len(heads) <= HEADS_MAX, "BAD_VALUE", "heads")
        for head in heads:
            wid, size, root = want_list(head, 3)
            want_int(wid, 0, MEMBERS_MAX * 16 - 1), want_int(size, 1, SIZE_MAX), want_bytes(root, 32)
        order = [head[0] for head in heads]
        need(order == sorted(set(order)), "BAD_VALUE", "heads out of order")
        need(8 in f, "BAD_VALUE", "heads of no predecessor")
    return f


FLASH, MESSAGE, CHECK_FIRE, FIRE_ANSWER, ATTEMPT, HOUR_MS = 3, 4, 9, 10, 20, 3_600_000


def demoted_flash(budget, records):
    """Of records {wid, seq, time, kind, precedence, class, subject}, in any order: is each a FLASH beyond its member's budget?"""
    def counts(r):
        return (r["precedence"] == FLASH and r["kind"] not in (CHECK_FIRE, FIRE_ANSWER, ATTEMPT)
                and not (r["kind"] == MESSAGE and r["subject"]))

    def place(r):
        return r["time"], r["wid"], r["seq"]

    def before(r):
        return sum(counts(o) and o["wid"] // 16 == r["wid"] // 16 and o["class"] == r["class"] and place(o) < place(r)
                   and o["time"] > r["time"] - HOUR_MS for o in records)

    return [bool(counts(r) and before(r) >= budget) for r in records]


def acceptance(root_seed, line, writer):
    return S(root_seed, "accept", line, writer)


# --- headers, section 5 ------------------------------------------------------

@dataclass
class Header:
    kind: int
    time: int
    flags: int = 0
    to: list = field(default_factory=list)
    seen: list = field(default_factory=list)   # [wid, size, root]
    length: int = 0
    hash: bytes = hashlib.sha256(b"").digest()

    @property
    def raw(self):
        return encode([1, self.kind, self.time, self.flags, self.to, self.seen, self.length, self.hash])

    @property
    def prefix(self):
        return self.raw[:-len(encode(self.length) + encode(self.hash))]


def make_header(kind, time, body=b"", flags=0, to=(), seen=()):
    h = Header(kind, time, flags, list(to), [list(s) for s in seen], len(body), sha256(body))
    return read_header(h.raw)


def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))


def read_header(raw):
    need(len(raw) <= HEADER_MAX, "TOO_LARGE")
    item = want_list(decode(raw))
    need(item, "BAD_VALUE", "empty")
    need(want_int(item[0]) == 1, "UNKNOWN_VERSION")
    need(len(item) == 8, "BAD_VALUE", "wrong number of items")
    h = Header(*item[1:])
    want_int(h.kind, 0, KIND_MAX), want_int(h.time), want_int(h.flags, 0, 15)
    for member in want_list(h.to):
        want_int(member, 0, MEMBERS_MAX - 1)
    need(ascending(h.to), "BAD_VALUE", "members not ascending")
    need(len(want_list(h.seen)) <= SEEN_MAX, "BAD_VALUE", "too many logs seen")
    for seen in h.seen:
        wid, size, root = want_list(seen, 3)
        wid2(wid), want_int(size, 1, SIZE_MAX), want_bytes(root, 32)
    need(ascending([s[0] for s in h.seen]), "BAD_VALUE", "logs seen not ascending")
    want_int(h.length, 0, BODY_MAX), want_bytes(h.hash, 32)
    need(h.length > 0 or h.hash == sha256(b""), "BAD_HASH", "empty body")
    return h


# --- Merkle tree, RFC 9162 section 2.1 ---------------------------------------

def leaf(entry):
    return sha256(b"\0", entry)


def node(left, right):
    return sha256(b"\1", left, right)


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(leaves):
    """MTH(D), over leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256()
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def inclusion(index, leaves):
    """PATH(m, D)."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return inclusion(index, leaves[:k]) + [root(leaves[k:])]
    return inclusion(index - k, leaves[k:]) + [root(leaves[:k])]


def consistency(m, leaves, known=True):
    """PROOF(m, D) = SUBPROOF(m, D, true); with known=False the node over the
    first m entries is always written down, as a fork proof needs it."""
    n = len(leaves)
    if m == n:
        return [] if known else [root(leaves)]
    k = split(n)
    if m <= k:
        return consistency(m, leaves[:k], known) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


def root_of_inclusion(leaf_hash, index, size, path):
    need(index < size, "BAD_PROOF", "index beyond the tree")
    if size == 1:
        need(not path, "BAD_PROOF", "path too long")
        return leaf_hash
    need(path, "BAD_PROOF", "path too short")
    k = split(size)
    if index < k:
        return node(root_of_inclusion(leaf_hash, index, k, path[:-1]), path[-1])
    return node(path[-1], root_of_inclusion(leaf_hash, index - k, size - k, path[:-1]))


def check_inclusion(leaf_hash, index, size, path, signed_root):
    for h in [leaf_hash, signed_root, *path]:
        need(len(h) == 32, "BAD_PROOF", "hash of another size")
    need(root_of_inclusion(leaf_hash, index, size, path) == signed_root, "BAD_PROOF", "another root")


def roots_of_consistency(m, n, path, known_root=None):
    """(root at m, root at n) as the path gives them."""
    if m == n:
        if known_root is not None:
            need(not path, "BAD_PROOF", "path too long")
            return known_root, known_root
        need(len(path) == 1, "BAD_PROOF", "path of another length")
        return path[0], path[0]
    need(path, "BAD_PROOF", "path too short")
    k = split(n)
    if m <= k:
        old, new = roots_of_consistency(m, k, path[:-1], known_root)
        return old, node(new, path[-1])
    old, new = roots_of_consistency(m - k, n - k, path[:-1])
    return node(path[-1], old), node(path[-1], new)


def check_consistency(m, n, path, root_m, root_n):
    need(0 < m <= n, "BAD_PROOF", "sizes")   # nothing is proved of an empty tree
    for h in path:
        need(len(h) == 32, "BAD_PROOF", "hash of another size")
    need(roots_of_consistency(m, n, path, root_m) == (root_m, root_n), "BAD_PROOF", "another root")


# --- checkpoints, cosignatures, promises -------------------------------------

def origin(line, writer):
    return f"detente/1/{b32(line)}/{b32(writer)}"


def read_origin(text):
    m = re.fullmatch("detente/1/([a-z2-7]{52})/([a-z2-7]{52})", text, re.ASCII)
    need(m, "BAD_TEXT", "origin")
    return unb32(m[1], 32), unb32(m[2], 32)


def note_key_id(name, type_, key):
    return sha256(name.encode(), b"\n", bytes([type_]), key)[:4]


def checkpoint_text(line, writer, size, root_hash):
    return f"{origin(line, writer)}\n{size}\n{b64(root_hash)}\n"


def sign_checkpoint(seed, line, size, root_hash):
    return sign(seed, checkpoint_text(line, public(seed), size, root_hash).encode())


def cosigned_text(text, seconds):
    return f"cosignature/v1\ntime {seconds}\n{text}"


def cosign(seed, text, seconds):
    return sign(seed, cosigned_text(text, seconds).encode())


def signature_line(line, writer, signature):
    name = origin(line, writer)
    return f"\u2014 {name} {b64(note_key_id(name, 1, writer) + signature)}\n"


def cosignature_line(line, cosigner, seconds, signature):
    name = origin(line, cosigner)
    return f"\u2014 {name} {b64(note_key_id(name, 4, cosigner) + seconds.to_bytes(8, 'big') + signature)}\n"


def make_note(text, *lines):
    return text + "\n" + "".join(lines)


def read_note(note):
    """(text, [(name, signature bytes)]) of any C2SP signed note."""
    need(not re.search("[\x00-\x09\x0b-\x1f]", note), "BAD_TEXT", "control character")
    text, gap, tail = note.rpartition("\n\n")
    need(gap and text and tail.endswith("\n"), "BAD_TEXT", "note")
    signatures = []
    for line in tail[:-1].split("\n"):
        m = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
        need(m, "BAD_TEXT", "signature line")
        signature = unb64(m[2])
        need(len(signature) > 4, "BAD_TEXT", "signature line")
        signatures.append((m[1], signature))
    return text + "\n", signatures


def read_checkpoint(text):
    """(line, writer, size, root) of a checkpoint's text; no extension lines."""
    lines = text.split("\n")
    need(len(lines) == 4 and lines[3] == "", "BAD_TEXT", "checkpoint")
    root_hash = unb64(lines[2])
    need(len(root_hash) == 32, "BAD_TEXT", "root")
    size = want_int(decimal(lines[1]), 0, SIZE_MAX)
    need(size > 0 or root_hash == sha256(), "BAD_HASH", "empty tree")
    return (*read_origin(lines[0]), size, root_hash)


def verify_checkpoint(note, line, writer):
    """(size, root) of a note that `writer` signed for its log on `line`."""
    text, signatures = read_note(note)
    got_line, got_writer, size, root_hash = read_checkpoint(text)
    need((got_line, got_writer) == (line, writer), "UNKNOWN_WRITER", "another log")
    name = origin(line, writer)
    own = [s[4:] for n, s in signatures if n == name and s[:4] == note_key_id(name, 1, writer)]
    need(len(own) == 1 and verifies(writer, text.encode(), own[0]), "BAD_SIGNATURE", "checkpoint")
    return size, root_hash


def promise(seed, line, wid, seq, leaf_hash):
    return S(seed, "promise", line, wid2(wid), seq8(seq), leaf_hash)


def word(hash_):
    return b32(hash_[:5])[:4]


def record_id(code, number, seq, leaf_hash):
    return f"{code}.{number}-{seq}-{word(leaf_hash)}"


# --- fork proofs -------------------------------------------------------------

def fork_proof(line, wid, type_, a, b, path=()):
    return encode([1, line, wid, type_, list(a), list(b), list(path)])


def check_fork(raw, line, wid, writer):
    """The type of a proof that `writer` has two histories; Refused if it is none."""
    item = want_list(decode(raw), 7)
    need(want_int(item[0]) == 1, "UNKNOWN_VERSION")
    need(want_bytes(item[1], 32) == line, "UNKNOWN_LINE")
    need(want_int(item[2]) == wid, "UNKNOWN_WRITER")
    type_, a, b, path = want_int(item[3], 1, 3), want_list(item[4], 3), want_list(item[5], 3), want_list(item[6])
    for side in (a, b):
        want_int(side[0], 0, SIZE_MAX), want_bytes(side[1], 32), want_bytes(side[2], 64)
    for hash_ in path:
        want_bytes(hash_, 32)

    def signed_checkpoint(c):
        text = checkpoint_text(line, writer, c[0], c[1])
        need(verifies(writer, text.encode(), c[2]), "BAD_SIGNATURE", "checkpoint")

    def signed_promise(p):
        check_label(writer, p[2], "promise", line, wid2(wid), seq8(p[0]), p[1])

    if type_ == 1:
        need((a[0], a[1]) < (b[0], b[1]), "BAD_PROOF", "the same, or in the wrong order")
        signed_checkpoint(a), signed_checkpoint(b)
        if a[0] == b[0]:
            need(not path, "BAD_PROOF", "path too long")
        else:
            need(a[0] > 0, "BAD_PROOF", "an empty tree contradicts nothing")
            old, new = roots_of_consistency(a[0], b[0], path)
            need(new == b[1], "BAD_PROOF", "another root")
            need(old != a[1], "BAD_PROOF", "consistent")
    elif type_ == 2:
        need(a[0] == b[0] and a[1] < b[1], "BAD_PROOF", "the same, or in the wrong order")
        need(not path, "BAD_PROOF", "path too long")
        signed_promise(a), signed_promise(b)
    else:
        need(path and path[0] != a[1], "BAD_PROOF", "consistent")
        signed_promise(a), signed_checkpoint(b)
        check_inclusion(path[0], a[0], b[0], path[1:], b[1])
    return type_


# --- sealed parts, section 6 -------------------------------------------------

def padded_size(n):
    for end, step in ((512, 32), (4096, 256)):
        if n <= end:
            return -(-n // step) * step
    return -(-n // 1024) * 1024


def pad(plaintext):
    return plaintext + bytes(padded_size(len(plaintext)) - len(plaintext))


def unpad(padded):
    """The map at the front; refuses any other padding than pad() makes."""
    value, used = decode_first(padded)
    need(isinstance(value, dict), "BAD_TYPE", "not a map")
    need(pad(padded[:used]) == padded, "NOT_CANONICAL", "padding")
    return padded[:used]


def key_id(K):
    return H("key-id", K)[:8]


def record_key(K, line, wid, seq):
    return M(K, "record-key", line, wid2(wid), seq8(seq))


def seal_keys(R):
    """(E, salt)."""
    return M(R, "seal-key"), M(R, "seal-salt")


def commitment(salt, padded):
    return H("commit", salt, padded)


def seal_with(R, kid, line, wid, seq, plaintext):
    decode_map(plaintext)
    E, salt = seal_keys(R)
    padded = pad(plaintext)
    c = commitment(salt, padded)
    return [kid, c, ChaCha20Poly1305(E).encrypt(c[:12], padded, line + wid2(wid) + seq8(seq))]


def seal(K, line, wid, seq, plaintext):
    """The sealed part [key id, commitment, ciphertext]."""
    return seal_with(record_key(K, line, wid, seq), key_id(K), line, wid, seq, plaintext)


def open_sealed(R, line, wid, seq, part):
    """The plaintext without padding, or Refused DOES_NOT_OPEN."""
    _, c, ciphertext = part
    E, salt = seal_keys(R)
    try:
        padded = ChaCha20Poly1305(E).decrypt(c[:12], ciphertext, line + wid2(wid) + seq8(seq))
    except InvalidTag:
        raise Refused("DOES_NOT_OPEN", "ciphertext") from None
    need(commitment(salt, padded) == c, "DOES_NOT_OPEN", "commitment")
    return unpad(padded)


# Tiers: body keys 31 (cell) and 32 (shape) beside 30 (exact).
CELL, SHAPE, EXACT = 1, 2, 3


def tier_key(R, below):
    """The key of tier `below` from that of the tier above it."""
    return M(R, "tier-key", bytes([below]))


def tier_bound(line, wid, seq, tier):
    return line + wid2(wid) + seq8(seq) + bytes([tier])


def tier_part(K, R, line, wid, seq, tier, plaintext):
    """[key id, commitment, ciphertext, wrapped]: sealed under the tier's key R, which is wrapped under K."""
    decode_map(plaintext)
    bound = tier_bound(line, wid, seq, tier)
    E, salt = seal_keys(R)
    c = commitment(salt, pad(plaintext))
    return [key_id(K), c, ChaCha20Poly1305(E).encrypt(c[:12], pad(plaintext), bound),
            ChaCha20Poly1305(M(K, "tier-wrap", bound)).encrypt(c[:12], R, bound)]


def tier_unwrap(K, line, wid, seq, tier, part):
    bound = tier_bound(line, wid, seq, tier)
    try:
        return ChaCha20Poly1305(M(K, "tier-wrap", bound)).decrypt(part[1][:12], part[3], bound)
    except InvalidTag:
        raise Refused("DOES_NOT_OPEN", "wrapped key") from None


def tier_open(R, line, wid, seq, tier, part):
    E, salt = seal_keys(R)
    try:
        padded = ChaCha20Poly1305(E).decrypt(part[1][:12], part[2], tier_bound(line, wid, seq, tier))
    except InvalidTag:
        raise Refused("DOES_NOT_OPEN", "ciphertext") from None
    need(commitment(salt, padded) == part[1], "DOES_NOT_OPEN", "commitment")
    return unpad(padded)


def tier_digest(cell, shape):
    return H("tiers", cell, shape)


def read_sealed(part):
    kid, c, ciphertext = want_list(part, 3)
    want_bytes(kid, 8), want_bytes(c, 32), want_bytes(ciphertext)
    size = len(ciphertext) - 16
    need(size > 0 and padded_size(size) == size, "BAD_VALUE", "ciphertext of no size class")
    return part


def box_key(shared, line, ephemeral, reader, kid):
    return M(shared, "grant", line, ephemeral, reader, kid)


def make_box(key, kid, line, reader, ephemeral_secret):
    ephemeral = x_public(ephemeral_secret)
    k = box_key(x_shared(ephemeral_secret, reader), line, ephemeral, reader, kid)
    return ephemeral + ChaCha20Poly1305(k).encrypt(bytes(12), key, b"")


def open_box(box, kid, line, reader_secret):
    want_bytes(box, 80)
    reader = x_public(reader_secret)
    k = box_key(x_shared(reader_secret, box[:32]), line, box[:32], reader, kid)
    try:
        return ChaCha20Poly1305(k).decrypt(bytes(12), box[32:], b"")
    except InvalidTag:
        raise Refused("DOES_NOT_OPEN", "box") from None


def officer_parts(line, wid, header, body, padded):
    """What an officer signs; `header` gives kind, flags, time and addressees, `body` is a map,
    `padded` the padded plaintext of its sealed part, or empty when it has none."""
    clear = {k: v for k, v in body.items() if k not in (KEY_OFFICER, KEY_SECOND, KEY_SEALED, 31, 32)}
    return (line, wid2(wid), bytes([header.kind, header.flags]), header.time.to_bytes(8, "big"),
            bytes([len(header.to), *header.to]), sha256(encode(clear), padded))


def sign_officer(seed, number, line, wid, header, body, padded=b""):
    return [number, S(seed, "operator", *officer_parts(line, wid, header, body, padded))]


def check_officer(key, line, wid, header, body, padded=b"", where=KEY_OFFICER):
    _, signature = want_list(want(body, where), 2)
    check_label(key, want_bytes(signature, 64), "operator", *officer_parts(line, wid, header, body, padded))


# --- conflict id, section 9 --------------------------------------------------

def conflict_id(line, a, b):
    """a and b: (wid, seq, leaf) of the two notice versions."""
    return H("conflict", line, *sorted(wid2(w) + seq8(s) + l for w, s, l in (a, b)))


# --- volumes of a notice, section 9 ------------------------------------------

CIRCLE, CORRIDOR, POLYGON = range(3)
SURFACE, AMSL, WGS84, LEVEL = range(4)
TIME_MAX, ALT_MAX = 2**53, 2_000_000_000
WINDOWS_MAX, WINDOW_POSITIONS_MAX = 512, 8192


def read_volume(v):
    """What is checked of a volume beside its geometry; returns it."""
    shape = want_int(want(v, 1), 0, POLYGON)
    rings = want_list(want(v, 2))
    need(1 <= len(rings) <= (64 if shape == POLYGON else 1), "BAD_VALUE", "rings")
    for ring in rings:
        need(want_list(ring) and len(ring) % 2 == 0, "BAD_VALUE", "ring")
        for number in ring:
            want_int(number, -2**31, 2**31 - 1)
    want_int(want(v, 3), 0, 10**9)
    need(4 in v and 5 in v, "MISSING_ALTITUDE")
    lower, upper = want_int(v[4], -ALT_MAX, ALT_MAX), want_int(v[5], -ALT_MAX, ALT_MAX)
    want_int(want(v, 6), SURFACE, LEVEL)
    start, end = want_int(want(v, 7), 0, TIME_MAX), want_int(want(v, 8), 0, TIME_MAX)
    need(start < end, "END_BEFORE_START")
    need(lower <= upper, "BAD_VALUE", "a band upside down")
    for leg in v.get(9, []):
        need(shape == CORRIDOR, "BAD_VALUE", "legs")
        begin, finish = (want_int(t, 0, TIME_MAX) for t in want_list(leg, 2))
        need(begin < finish, "END_BEFORE_START")
        need(start <= begin and finish <= end, "BAD_TIME")
    need(9 not in v or len(v[9]) == len(rings[0]) // 2 - 1, "BAD_VALUE", "legs")
    for key, most in ((10, 10**8), (11, 86_400_000), (12, 10**7)):
        want_int(v.get(key, 0), 0, most)
    if 13 in v:
        length, every = (want_int(n, 1, TIME_MAX) for n in want_list(v[13], 2))
        need(length < every < end - start and 9 not in v, "BAD_VALUE", "windows that come again")
    return v


def read_details(plain):
    """[[field, text], …] of a sealed notice."""
    details = want_list(plain.get(7, [[1, "-"]]))
    need(1 <= len(details) <= 32, "BAD_VALUE", "details")
    before = 0
    for detail in details:
        field, text = want_list(detail, 2)
        need(want_int(field, 0, 63) > before and want_text(text, 200), "BAD_VALUE", "details")
        before = field
    return details


def volume_windows(v, volumes=1):
    """[start, end] of each window as it is compared, one after another."""
    slack = v.get(11, 0)
    if 13 not in v:
        return [[v[7] - slack, v[8] + slack]]
    length, every = v[13]
    room = min(WINDOWS_MAX // volumes, WINDOW_POSITIONS_MAX // sum(len(r) // 2 for r in v[2]))
    starts = list(range(v[7], v[8], every))
    windows = [[s, min(s + length, v[8])] for s in starts[:room]]
    windows[-1][1] = min(starts[-1] + length, v[8]) if len(starts) > room else windows[-1][1]
    return [[s - slack, e + slack] for s, e in windows]


def volume_band(v):
    """The band of heights on its own datum, accuracy added. None: no limit."""
    slack = v.get(12, 0)
    return (None if v[4] == -ALT_MAX else max(v[4] - slack, -ALT_MAX),
            None if v[5] == ALT_MAX else min(v[5] + slack, ALT_MAX))


def over_sea(band, datum):
    """Where a band certainly lies over mean sea level, in millimetres."""
    def outward(mm, of, to):
        return -(-abs(mm) * of // to)  # rounded up

    low, high = band
    if datum == SURFACE:
        down, up = 500_000, 8_900_000
    elif datum == AMSL:
        down = up = 0
    elif datum == WGS84:
        down, up = 90_000, 110_000
    else:
        down = 1_500_000 + (outward(low or 0, 1, 4) if (low or 0) > 0 else outward(low or 0, 3, 20))
        up = 750_000 + (outward(high or 0, 3, 20) if (high or 0) > 0 else outward(high or 0, 1, 4))
    return (None if low is None else max(low - down, -ALT_MAX), None if high is None else min(high + up, ALT_MAX))


def heights_meet(a, b, vertical):
    """Whether the bands of two volumes are at most `vertical` mm apart, or may be."""
    one, other = volume_band(a), volume_band(b)
    if a[6] != b[6]:
        one, other = over_sea(one, a[6]), over_sea(other, b[6])

    def gap(high, low):
        return (-ALT_MAX if low is None else low) - (ALT_MAX if high is None else high)

    return max(gap(one[1], other[0]), gap(other[1], one[0])) <= vertical


# --- what is said of conflicts and outcomes, sections 8 and 9 ------------------

RAISED, SEEN, PROPOSED, ACCEPTED, WITHDRAWN = range(5)
ACKNOWLEDGED = "ack"   # of one of the steps
FACILITATED, DELAYED, IMPEDED, DENIED, OUTCOME_WITHDRAWN, STRUCK = range(6)


def read_ref(value):
    wid, seq, leaf_hash = want_list(value, 3)
    return want_int(wid, 0, 3199), want_int(seq, 0), want_bytes(leaf_hash, 32)


def read_words(body):
    if 2 in body:
        need(1 <= len(want_text(body[2], 8000).encode()) <= 8000, "BAD_VALUE", "text")


def read_conflict(body):
    """A CONFLICT body: (first version, second version, step, amended version or None)."""
    first = read_ref(want(body, 1))
    read_words(body)
    second, step = read_ref(want(body, 4)), want_int(want(body, 5), RAISED, WITHDRAWN)
    offer = read_ref(body[6]) if 6 in body else None
    need(first < second and first[0] // 16 != second[0] // 16, "BAD_VALUE", "versions")
    need(offer is None or step == PROPOSED, "BAD_VALUE", "offer")
    need(step != PROPOSED or offer or 2 in body, "MISSING_FIELD", "a proposal of nothing")
    return first, second, step, offer


def conflict_author(body, member):
    """Whether that member may say it."""
    first, second, step, offer = read_conflict(body)
    ours = member in (first[0] // 16, second[0] // 16)
    need((ours or step in (RAISED, SEEN)) and (offer is None or offer[0] // 16 == member), "NOT_ALLOWED")


def read_outcome(body):
    """An OUTCOME body: (version, outcome, minutes or 0)."""
    ref = read_ref(want(body, 1))
    read_words(body)
    outcome = want_int(want(body, 5), FACILITATED, STRUCK)
    if 7 in body:
        want_int(body[7], 1, 2**53)
    minutes = want_int(body[8], 1, 99999) if 8 in body else 0
    need(outcome != DELAYED or minutes, "MISSING_FIELD", "minutes")
    need(outcome == DELAYED or not minutes, "BAD_VALUE", "minutes")
    return ref, outcome, minutes


@dataclass
class Said:
    """A step, or the ACK of one; `signed`: by an officer whose signature holds."""
    wid: int
    seq: int
    time: int
    what: object
    signed: bool


def last_word(said):
    """Inside one log its order decides; between logs the time, then the place."""
    of = {}
    for s in said:
        if s.wid not in of or s.seq > of[s.wid].seq:
            of[s.wid] = s
    return max(of.values(), key=lambda s: (s.time, s.wid, s.seq), default=None)


def conflict_life(versions, said, patience, first, temporal, now):
    """(state, [seen, accepted, late] of both parties, undecided). `versions`: two of (member, counts,
    expired, end, written); `patience`: the deadline for the conflict's severity."""
    parties = []
    for member, *_ in versions:
        own = [s for s in said if s.wid // 16 == member and s.signed and s.what != RAISED]
        consent = last_word([s for s in own if s.what in (ACCEPTED, WITHDRAWN)])
        parties.append([bool(own), consent is not None and consent.what == ACCEPTED, any(s.what == PROPOSED for s in own)])
    due = max(v[4] for v in versions) + patience
    if not all(v[1] for v in versions):
        state = "resolved"
    elif any(v[2] and now >= v[3] + temporal for v in versions):
        state = "overtaken"
    elif all(p[1] for p in parties):
        state = "risk-accepted"
    elif any(p[2] for p in parties):
        state = "proposed"
    else:
        state = "seen" if all(p[0] for p in parties) else "raised"
    open_ = state in ("raised", "seen", "proposed")
    return (state, [[seen, accepted, open_ and not seen and now >= due] for seen, accepted, _ in parties],
            open_ and now >= due and now >= first - patience)


# --- the life of a notice's versions, section 9 ---------------------------------

@dataclass
class LifeRecord:
    """A NOTICE (about: the version amended, or None), NOTICE_STATE or ACK; `about`: its place in the
    list. `to`: members addressed, nobody for all."""
    wid: int
    kind: int
    about: object
    state: int
    to: frozenset
    movement: bool
    signed: bool


NOTICE, NOTICE_STATE, ACK = 13, 14, 6
STARTED, ARRIVED, ENDED, CANCELLED = 0, 1, 2, 3


def notice_lives(records, members, left):
    """Of each NOTICE, within its window: {place: (life, members whose acknowledgement it waits for)}."""
    def own(i, kind):
        return [k for k, r in enumerate(records) if r.kind == kind and r.about == i and r.wid // 16 == records[i].wid // 16]

    def told(i):
        return records[i].to or frozenset(range(members))

    def signed(i):
        return {r.wid // 16 for r in records if r.kind == ACK and r.about == i and r.signed and r.wid // 16 != records[i].wid // 16}

    def lacking(version, by, known):
        return (told(version) | told(by)) - {records[version].wid // 16} - left - known

    def let_go(version, by, known):
        return bool(known) and not lacking(version, by, known)

    def known_of(version):
        return signed(version).union(*(known_of(k) for k in own(version, NOTICE)))

    def said(version, states):
        return [k for k in own(version, NOTICE_STATE) if records[k].state in states]

    def agreed(version, states):
        """Who acknowledged that it is over, in so far as all who had to have."""
        offers = [(k, signed(k)) for k in said(version, states)] + [(k, agreed(k, states)) for k in own(version, NOTICE)]
        return set().union(*(known for k, known in offers if let_go(version, k, known)))

    def arrived(version):
        return records[version].movement and bool(said(version, (ARRIVED,)) or any(arrived(k) for k in own(version, NOTICE)))

    def ended(version):
        states = (ENDED,) if records[version].movement else (ENDED, ARRIVED)
        return bool(said(version, states)) or any(ended(k) or (arrived(k) and not records[version].movement) for k in own(version, NOTICE))

    lives = {}
    over = (ARRIVED, ENDED)
    for v, record in enumerate(records):
        if record.kind != NOTICE:
            continue
        newer = own(v, NOTICE)
        if agreed(v, (CANCELLED,)):
            life = "cancelled"
        elif any(let_go(v, k, known_of(k)) for k in newer):
            life = "superseded"
        elif arrived(v):
            life = "arrived"
        else:
            life = "ended" if ended(v) and agreed(v, over) else "active"
        lists = [lacking(v, k, signed(k)) for k in said(v, (CANCELLED, *over))] + [lacking(v, k, known_of(k)) for k in newer]
        lists += [lacking(v, k, agreed(k, s)) for k in newer for s in ((CANCELLED,), over) if agreed(k, s)]
        bits = [bytes(sum(1 << m % 8 for m in some if m // 8 == i) for i in range(25)) for some in lists if some]
        least = min(bits, key=lambda b: (sum(x.bit_count() for x in b), b), default=bytes(25)) if life == "active" else bytes(25)
        lives[v] = (life, [m for m in range(200) if least[m // 8] >> m % 8 & 1])
    return lives


# --- proof files -------------------------------------------------------------

@dataclass
class Cosignature:
    certificate: bytes
    time: int
    signature: bytes


def make_proof(header, body, certificate, seq, path, line, size, root_hash, signature, cosignatures=(), opening=None):
    """The text of a proof file. `body` is None when it is not shown; `opening` is
    None or [salt, plaintext without padding]."""
    writer = read_certificate(certificate).writer
    signed = sorted(cosignatures, key=lambda c: origin(line, read_certificate(c.certificate).writer))
    extra = encode([header, body, [certificate, *(c.certificate for c in signed)], opening])
    lines = [signature_line(line, writer, signature)]
    lines += [cosignature_line(line, read_certificate(c.certificate).writer, c.time, c.signature) for c in signed]
    return "".join([f"c2sp.org/tlog-proof@v1\nextra {b64(extra)}\nindex {seq}\n", *(b64(p) + "\n" for p in path), "\n",
                    make_note(checkpoint_text(line, writer, size, root_hash), *lines)])


@dataclass
class Proof:
    line: bytes
    writer: bytes
    root: bytes          # the party's root key, as the certificate names it
    code: str            # None without the party's card
    number: int
    seq: int
    leaf: bytes
    size: int
    header: Header
    body: object         # the decoded map; None when not shown, empty or invalid
    body_error: str      # why the body could not be read, else None
    opening: object      # the decoded plaintext, or None
    officer: str         # "" no officer; "unknown", "unchecked", "invalid", else number and role
    cosigners: list      # (code or None, root key, certificate number, seconds)

    @property
    def record_id(self):
        return record_id(self.code or "?", self.number, self.seq, self.leaf)


def _split_proof(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("BAD_UTF8") from None
    lines = text.split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1", "BAD_TEXT", "first line")
    need(len(lines) > 3 and lines[1].startswith("extra ") and lines[2].startswith("index "), "BAD_TEXT", "extra, index")
    need("" in lines[3:], "BAD_TEXT", "no empty line")
    gap = lines.index("", 3)
    path = [unb64(p) for p in lines[3:gap]]
    need(all(len(p) == 32 for p in path), "BAD_TEXT", "hash of another size")
    return text, unb64(lines[1][6:]), decimal(lines[2][6:]), path, "\n".join(lines[gap + 1:])


def _read_body(header, raw):
    if raw is None or not raw:
        return None, None
    try:
        body = decode_map(raw)
        if KEY_SEALED in body:
            read_sealed(body[KEY_SEALED])
        return body, None
    except Refused as refused:
        return None, refused.name


def _officer_of(proof, card, padded):
    body = proof.body
    if not body or KEY_OFFICER not in body:
        return ""
    try:
        number = want_int(want_list(body[KEY_OFFICER], 2)[0], 1, OPERATORS_MAX)
    except Refused:
        return "invalid"
    known = [o for o in (card.operators if card else []) if o.number == number]
    if not known:
        return "unknown"
    if KEY_SEALED in body and padded is None:
        return "unchecked"
    for operator in known:
        for member in range(MEMBERS_MAX):   # the file does not say which
            try:
                check_officer(operator.key, proof.line, make_wid(member, proof.number), proof.header, body, padded or b"")
                return f"{number} {operator.role}"
            except Refused:
                pass
    return "invalid"


def verify_proof(data, card=None, others=()):
    """Judges the bytes of a proof file with `card` (a Card, or None). Knows nothing
    else: no charter, no log. `others` are cards by which cosigners are named."""
    text, extra, seq, path, note = _split_proof(data)
    checkpoint, signatures = read_note(note)
    line, writer, size, signed_root = read_checkpoint(checkpoint)
    raw_header, raw_body, statements, opening = want_list(decode(extra), 4)
    header = read_header(want_bytes(raw_header))
    need(want_list(statements), "MISSING_FIELD", "certificate")
    certificates = [read_certificate(want_bytes(s)) for s in statements]
    own, rest = certificates[0], certificates[1:]
    need(own.writer == writer, "UNKNOWN_WRITER", "certificate of another key")
    need(len(signatures) == len(certificates), "UNKNOWN_WRITER", "one certificate a signature line")

    need(signatures[0][1][:4] == note_key_id(origin(line, writer), 1, writer) and len(signatures[0][1]) == 68,
         "BAD_SIGNATURE", "first line is not the writer's")
    need(verifies(writer, checkpoint.encode(), signatures[0][1][4:]), "BAD_SIGNATURE", "checkpoint")
    cosignatures = []
    for certificate, (_, signature) in zip(rest, signatures[1:]):
        need(len(signature) == 76, "BAD_SIGNATURE", "cosignature")
        seconds = want_int(int.from_bytes(signature[4:12], "big"), 0, SECONDS_MAX)
        need(verifies(certificate.writer, cosigned_text(checkpoint, seconds).encode(), signature[12:]),
             "BAD_SIGNATURE", "cosignature")
        cosignatures.append(Cosignature(certificate.raw, seconds, signature[12:]))
    names = [origin(line, c.writer) for c in rest]
    need(ascending(names) and origin(line, writer) not in names, "NOT_CANONICAL", "order of cosignatures")

    need(raw_body is None or len(want_bytes(raw_body)) == header.length, "BAD_HASH", "length of the body")
    need(raw_body is None or sha256(raw_body) == header.hash, "BAD_HASH", "body")
    need(raw_body is not None or header.length > 0, "NOT_CANONICAL", "an empty body is written as such")
    body, body_error = _read_body(header, raw_body)
    padded = opened = None
    if opening is not None:
        salt, plaintext = want_list(opening, 2)
        need(body is not None and KEY_SEALED in body, "DOES_NOT_OPEN", "nothing is sealed")
        opened = decode_map(want_bytes(plaintext))
        padded = pad(plaintext)
        need(commitment(want_bytes(salt, 32), padded) == body[KEY_SEALED][1], "DOES_NOT_OPEN", "commitment")

    leaf_hash = leaf(raw_header)
    check_inclusion(leaf_hash, seq, size, path, signed_root)
    again = make_proof(raw_header, raw_body, own.raw, seq, path, line, size, signed_root, signatures[0][1][4:],
                       cosignatures, opening)
    need(again == text, "NOT_CANONICAL", "not what a verifier would write")

    need(card is None or own.root == card.root, "UNKNOWN_PARTY", "signed by another party")
    codes = {c.root: c.code for c in [*others, *([card] if card else [])]}
    proof = Proof(line, writer, own.root, card.code if card else None, own.number, seq, leaf_hash, size, header, body,
                  body_error, opened, "",
                  [(codes.get(c.root), c.root, c.number, s.time) for c, s in zip(rest, cosignatures)])
    proof.officer = _officer_of(proof, card, padded)
    return proof


# --- case files --------------------------------------------------------------

@dataclass
class Case:
    line: bytes
    members: list        # (code, root) by member index
    proofs: list         # Proof, the record itself first; .officer is "number role" or "unproved N"
    targets: list        # (wid, seq, leaf) or None, as the proofs


def _lines_of_case(data):
    """The charter, the officers' certificates and the proof files, in the one spelling."""
    first = b"detente-case@v1\n"
    need(data.startswith(first), "BAD_TEXT", "first line")
    at, charter, officers, proofs = len(first), None, [], []
    while at < len(data):
        end = data.find(b"\n", at)
        need(end >= 0, "TRUNCATED")
        word, _, rest = data[at:end].decode("ascii", "replace").partition(" ")
        at = end + 1
        if word == "charter" and charter is None:
            charter = unb64(rest)
        elif word == "officer" and charter is not None and not proofs:
            officers.append(unb64(rest))
        elif word == "record" and charter is not None:
            size = decimal(rest)
            need(size <= len(data) - at, "TRUNCATED")
            proofs.append(data[at:at + size])
            at += size
        else:
            raise Refused("BAD_TEXT", word)
    need(charter is not None and proofs, "TRUNCATED")
    need(ascending(officers), "NOT_CANONICAL", "order of officers")
    return charter, officers, proofs


def _target_of(proof):
    body = proof.body or {}
    ref = body.get(1) if proof.header.kind != 4 else (proof.opening or {}).get(1)
    if not isinstance(ref, list) or len(ref) != 3:
        return None
    return want_int(ref[0]), want_int(ref[1]), want_bytes(ref[2], 32)


def _sealed_padded(proof):
    return pad(encode(proof.opening)) if proof.opening is not None else b""


def verify_case(data):
    """Judges the bytes of a case file. Whose the roots are is the reader's to compare
    with cards: Case.members."""
    raw_charter, raw_officers, files = _lines_of_case(data)
    charter = read_charter(raw_charter)
    line = line_id(read_statement(raw_charter, CHARTER).content)
    members = [(m[1], m[3]) for m in charter[5]]
    officers, used = [read_operator(o) for o in raw_officers], set()
    proofs, targets, places = [], [], []
    for text in files:
        p = verify_proof(text)
        need(p.line == line, "UNKNOWN_LINE")
        member = next((i for i, (_, root_key) in enumerate(members) if root_key == p.root), None)
        need(member is not None, "UNKNOWN_PARTY")
        need(p.header.length == 0 or p.body is not None, "MISSING_FIELD", "a body that is not shown")
        p.code = members[member][0]
        wid = make_wid(member, p.number)
        for where in (KEY_OFFICER, KEY_SECOND):
            if where not in (p.body or {}):
                continue
            number = want_list(p.body[where], 2)[0]
            said = f"unproved {number}"
            for i, o in enumerate(officers):
                try:
                    need(o.root == p.root and o.number == number, "UNKNOWN_PARTY")
                    check_officer(o.key, line, wid, p.header, p.body, _sealed_padded(p), where)
                    said = f"{number} {o.role}"
                    used.add(i)
                    break
                except Refused:
                    pass
            p.officer = said if where == KEY_OFFICER else f"{p.officer}, {said}"
        proofs.append(p), targets.append(_target_of(p)), places.append((wid, p.seq, p.leaf))
    first = next((i for i, place in enumerate(places) if place != places[0]), len(places))  # so often the record itself
    stored = set()
    for i, p in enumerate(proofs[:first]):
        keys = {(root_key, number) for _, root_key, number, _ in p.cosigners}
        need(i == 0 or (keys - stored and p.size > proofs[i - 1].size), "NOT_CANONICAL", "the record again adds nobody")
        stored |= keys
    others = places[first:]
    need(len(set(others)) == len(others) and places[:1] != others[:1] and places[0] not in others and others == sorted(others),
         "NOT_CANONICAL", "order of records")
    need(all(t in places for t in targets[first:]), "WRONG_RECORD", "a record of another case")
    need(len(used) == len(officers), "NOT_CANONICAL", "a certificate that nothing needs")
    return Case(line, members, proofs, targets)
