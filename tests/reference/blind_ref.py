# SPDX-License-Identifier: ISC
"""Blind notices (docs/blind.md) a second time: ristretto255 from RFC 9496 in plain Python, the
six messages, the proof, openings, and the bodies of BLIND and BLIND_PART. Written from the page,
not from the C. Not constant time: for tests only.
"""
import hashlib

import detente_ref as d

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
ASKS, ANSWERS = 0, 1
HELLO, LIST, REPLY, OPENING = range(4)
TURN = [ASKS, ANSWERS, ANSWERS, ASKS, ASKS, ANSWERS]  # whose message 0..5 is
PART = 15200


# --- RFC 9496 section 4 --------------------------------------------------------

def negative(x):
    return x % P & 1


def absolute(x):
    return -x % P if negative(x) else x % P


def sqrt_ratio(u, v):
    """Section 4.2: (was it a square, the root of u/v or of SQRT_M1 u/v)."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, absolute(r)


# The roots of section 4.1; which of the two: that table's.
INVSQRT_A_MINUS_D = sqrt_ratio(1, (-1 - D) % P)[1]
SQRT_AD_MINUS_ONE = -sqrt_ratio((-D - 1) % P, 1)[1] % P


def add(p, q):
    """RFC 8032 section 5.1.4."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, e = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    x, f, g, h = b - a, e - c, e + c, b + a
    return x * f % P, g * h % P, f * g % P, x * h % P


NEUTRAL = (0, 1, 1, 0)


def times(scalar, point):
    out = NEUTRAL
    while scalar > 0:
        if scalar & 1:
            out = add(out, point)
        point = add(point, point)
        scalar >>= 1
    return out


def decode(data):
    """Section 4.3.1; None for what encodes nothing."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or negative(s):
        return None
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    den_x = inverse * u2 % P
    x, y = absolute(2 * s * den_x), u1 * inverse * den_x * v % P
    t = x * y % P
    return None if not square or negative(t) or y == 0 else (x, y, 1, t)


def encode(p):
    """Section 4.3.2."""
    x, y, z, t = p
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    inverse = sqrt_ratio(1, u1 * u2 * u2 % P)[1]
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    if negative(t * z_inverse):
        x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    else:
        den = den2
    if negative(x * z_inverse):
        y = -y % P
    return absolute(den * (z - y)).to_bytes(32, "little")


def mapped(data):
    """MAP of section 4.3.4."""
    t = (int.from_bytes(data, "little") & (1 << 255) - 1) % P
    r = SQRT_M1 * t * t % P
    u, v = (r + 1) * (1 - D * D) % P, (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    s, c = (s, -1) if square else (-absolute(s * t) % P, r)
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0, w1, w2, w3 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P, (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def derive(uniform):
    return add(mapped(uniform[:32]), mapped(uniform[32:]))


GENERATOR = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))


# --- hashes, docs/blind.md section 3 ------------------------------------------------

def to_point(label, *parts):
    return derive(hashlib.sha512(d.labelled(label, *parts)).digest())


def to_scalar(label, *parts):
    return int.from_bytes(hashlib.sha512(d.labelled(label, *parts)).digest(), "little") % L


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


def scalar_bytes(n):
    return (n % L).to_bytes(32, "little")


# --- proofs -----------------------------------------------------------------------------

def weighted(seed, points):
    out = NEUTRAL
    for i, p in enumerate(points):
        out = add(out, times(to_scalar("blind-weight", seed, u32(i)), decode(p)))
    return out


def batch(context, key, points, multiplied):
    seed = d.H("blind-batch", context, key, b"".join(points), b"".join(multiplied))
    return seed, weighted(seed, points), weighted(seed, multiplied)


def prove(context, key, points, multiplied, scalar, secret):
    seed, m, n = batch(context, key, points, multiplied)
    t = to_scalar("blind-nonce", secret, seed)
    challenge = to_scalar("blind-challenge", seed, encode(m), encode(n), encode(times(t, GENERATOR)), encode(times(t, m)))
    return scalar_bytes(challenge), scalar_bytes(t - challenge * scalar)


def proves(context, key, points, multiplied, challenge, response):
    c, r = int.from_bytes(challenge, "little"), int.from_bytes(response, "little")
    if r >= L:
        return False
    seed, m, n = batch(context, key, points, multiplied)
    first = add(times(r, GENERATOR), times(c, decode(key)))
    second = add(times(r, m), times(c, n))
    return scalar_bytes(to_scalar("blind-challenge", seed, encode(m), encode(n), encode(first), encode(second))) == challenge


# --- one side ---------------------------------------------------------------------------

class Side:
    def __init__(self, role, line, slot, size, secret, cells):
        self.role, self.line, self.slot, self.size = role, line, slot, size
        self.secret, self.cells = secret, sorted(cells)
        self.scalar = to_scalar("blind-key", secret)
        self.key = encode(times(self.scalar, GENERATOR))
        self.after, self.step, self.session = bytes(32), 0, None
        self.place, self.points, self.theirs, self.given, self.back = {}, [], [], [], []

    def commitment(self):
        numbers = bytes([self.role]) + u32(self.slot) + u32(self.size) + u32(len(self.cells))
        return d.H("blind-commit", self.line, numbers, self.secret, b"".join(map(u64, self.cells)))

    def make_list(self):
        for cell in self.cells:
            self.place[encode(times(self.scalar, to_point("blind", self.line, self.session, u64(cell))))] = cell
        pads = [encode(times(self.scalar, to_point("blind-pad", self.line, self.session, u64(i), self.secret)))
                for i in range(len(self.cells), self.size)]
        self.points = sorted(list(self.place) + pads)

    def message(self):
        """The message that is due from here."""
        kind = self.step // 2
        fields = {0: 1, 1: kind, 2: self.after}
        if kind == HELLO:
            fields.update({3: self.role, 4: self.line, 5: self.slot, 6: self.size,
                           7: d.H("blind-salt", self.secret), 8: self.key, 9: self.commitment()})
        elif kind == LIST:
            self.make_list()
            fields[3] = b"".join(self.points)
        else:
            self.given = [encode(times(self.scalar, decode(p))) for p in self.theirs]
            context = d.H("blind-reply", self.session, bytes([self.role]))
            challenge, response = prove(context, self.key, self.theirs, self.given, self.scalar, self.secret)
            fields.update({3: b"".join(self.given), 4: challenge, 5: response})
        return d.encode(fields)

    def take(self, message):
        """Any message, own or the other's; refuses what does not follow or prove."""
        fields = d.decode_map(message)
        d.need(fields[2] == self.after, "BAD_HASH", "after")
        kind, own = fields[1], TURN[self.step] == self.role
        points = [fields[3][i:i + 32] for i in range(0, len(fields[3]), 32)] if kind in (LIST, REPLY) else []
        if kind == HELLO and not own:
            self.peer_key = fields[8]
        elif kind == LIST and not own:
            d.need(points == sorted(set(points)) and None not in map(decode, points), "NOT_CANONICAL", "list")
            self.theirs = points
        elif kind == REPLY and not own:
            context = d.H("blind-reply", self.session, bytes([1 - self.role]))
            d.need(proves(context, self.peer_key, self.points, points, fields[4], fields[5]), "BAD_PROOF", "reply")
            self.back = points
        self.after = d.H("blind-after", self.after, message)
        self.step += 1
        if self.step == 2:
            self.session = self.after

    def opening(self):
        return d.encode({0: 1, 1: OPENING, 2: self.session, 3: self.role, 4: self.secret,
                         5: b"".join(map(u64, self.cells))})

    def common(self):
        met = set(self.given)
        return sorted(self.place[p] for p, q in zip(self.points, self.back) if q in met and p in self.place)


def run(line, slot, size, secrets, cells):
    sides = [Side(role, line, slot, size, secrets[role], cells[role]) for role in (ASKS, ANSWERS)]
    messages = []
    for step in range(6):
        message = sides[TURN[step]].message()
        for side in sides:
            side.take(message)
        messages.append(message)
    return sides, messages


# --- bodies, docs/protocol.md section 8 -----------------------------------------------

def blind_body(event, reference=None, hello=None, after=None, step=None, reason=None):
    fields = {1: reference, 4: reason, 5: event, 6: step, 8: hello, 9: after}
    return d.encode({k: v for k, v in fields.items() if v is not None})


def parts(reference, step, message):
    """(clear body, plaintext or None) of each record of a message."""
    pieces = [message[i:i + PART] for i in range(0, len(message), PART)]
    out = []
    for i, piece in enumerate(pieces):
        fields = {1: reference, 5: step, 6: i, 7: len(pieces)}
        sealed = step >= 4
        out.append((d.encode(fields if sealed else {**fields, 8: piece}), d.encode({8: piece}) if sealed else None))
    return out
