#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds the reference against published material, and the vectors against the reference.

Published trees (the JSON files of transparency-dev/merkle) are read from the folder
named by DETENTE_MERKLE_VECTORS, with `inclusion` and `consistency` inside; cbor2 is
an oracle when it is installed. What is skipped is said.
"""
import base64
import contextlib
import io
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

import blind_ref as b
import detente_ref as d
import make_vectors as v
import verify_proof

try:
    import cbor2
except ImportError:
    cbor2 = None


class Case(unittest.TestCase):
    def refuses(self, name, function, *args):
        with self.assertRaises(d.Refused) as caught:
            function(*args)
        if name:
            self.assertEqual(caught.exception.name, name)


class FlashBudget(Case):
    def test_the_seventh_of_an_hour_is_demoted_and_counts_on(self):
        def row(seq, minutes, kind=d.MESSAGE, subject=0, wid=0, class_=1):
            return {"wid": wid, "seq": seq, "time": minutes * 60_000, "kind": kind, "precedence": d.FLASH, "class": class_, "subject": subject}
        rows = [row(i, i) for i in range(7)]
        self.assertEqual(d.demoted_flash(6, rows), [False] * 6 + [True])
        rows += [row(7, 60), row(8, 61), row(9, 66), row(10, 67)]
        self.assertEqual(d.demoted_flash(6, rows)[7:], [True, True, False, False])
        rows = [row(i, i) for i in range(6)]
        late = [row(6, 7, subject=2), row(7, 7, d.CHECK_FIRE), row(8, 7, d.ATTEMPT), row(9, 7, wid=16), row(0, 7, wid=1)]
        self.assertEqual(d.demoted_flash(6, rows + late)[6:], [False, False, False, False, True])
        real = [row(10 + i, 8 + i, class_=0) for i in range(7)]  # what was played before takes nothing from it
        self.assertEqual(d.demoted_flash(6, rows + real)[6:], [False] * 6 + [True])


class Blind(Case):
    def test_the_group_is_that_of_rfc_9496(self):
        given = {k: [bytes.fromhex(x) for x in text.split()] for k, text in v.RFC_9496.items()}
        for i, encoded in enumerate(given["multiples"]):
            self.assertEqual(b.encode(b.times(i, b.GENERATOR)), encoded)
            self.assertEqual(b.encode(b.decode(encoded)), encoded)
        for encoded in given["bad"]:
            self.assertIsNone(b.decode(encoded))
        for uniform, element in zip(given["derived"][::2], given["derived"][1::2]):
            self.assertEqual(b.encode(b.derive(uniform)), element)
        self.assertEqual(b.encode(b.times(b.L, b.GENERATOR)), bytes(32))

    def test_what_is_changed_is_refused(self):
        line, cells = bytes(32), [[1, 2, 3], [2, 3, 4]]
        for step, name in ((2, "NOT_CANONICAL"), (4, "BAD_PROOF"), (5, "BAD_PROOF")):
            sides = [b.Side(r, line, 60000, 16, bytes([r + 1]) * 32, cells[r]) for r in (b.ASKS, b.ANSWERS)]
            for i in range(6):
                message = sides[b.TURN[i]].message()
                if i == step:
                    fields = d.decode_map(message)
                    fields[3] = fields[3][32:64] + fields[3][:32] + fields[3][64:]
                    self.refuses(name, sides[1 - b.TURN[i]].take, d.encode(fields))
                    self.refuses("BAD_HASH", sides[1 - b.TURN[i]].take, d.encode({**fields, 2: bytes(32)}))
                for side in sides:
                    side.take(message)
            self.assertEqual([side.common() for side in sides], [[2, 3], [2, 3]])


class Published(Case):
    # RFC 8032 section 7.1: secret, public, message, signature
    RFC_8032 = [
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246551"
         "41438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d"
         "291612bb0c00")]

    def test_rfc_8032(self):
        for case in self.RFC_8032:
            secret, public, message, signature = map(bytes.fromhex, case)
            self.assertEqual(d.public(secret), public)
            self.assertEqual(d.sign(secret, message), signature)
            self.assertTrue(d.verifies(public, message, signature))
            more = (int.from_bytes(signature[32:], "little") + d._L).to_bytes(32, "little")
            self.assertFalse(d.verifies(public, message, signature[:32] + more), "S + L")

    def test_weak_points(self):
        p, y = d._P, d._ORDER8
        curve = -121665 * pow(121666, -1, p) % p
        self.assertEqual((2 * y * y + curve * y**4) % p, 1, "order 8: doubled, its y is 0")
        for weak in [*d._SMALL_ORDER, p, p + 1]:
            for sign_bit in (0, 1 << 255):
                self.assertFalse(d.strong_point((weak | sign_bit).to_bytes(32, "little")))
        identity = (1).to_bytes(32, "little")   # with S = 0 this verifies for libraries that do not look
        self.assertFalse(d.verifies(identity, b"anything", identity + bytes(32)))

    def test_rfc_8949_appendix_a(self):
        for spelled, value in v.APPENDIX_A:
            self.assertEqual(d.encode(value).hex(), spelled)
            self.assertEqual(d.decode(bytes.fromhex(spelled)), value)
        for spelled, name in v.APPENDIX_A_REFUSED:
            self.refuses(name, d.decode, bytes.fromhex(spelled))

    # the eight entries of the tests of RFC 6962 logs, and their roots by size
    ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    ROOTS = {0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
             1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
             2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
             5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
             8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}

    def test_known_roots(self):
        leaves = [d.leaf(bytes.fromhex(e)) for e in self.ENTRIES]
        for size, root in self.ROOTS.items():
            self.assertEqual(d.root(leaves[:size]).hex(), root)

    def test_rfc_9162_example(self):
        """The seven-leaf tree of section 2.1.5 and its paths, by the letters used there."""
        a, b, c, e, f, g, j = (d.leaf(bytes([i])) for i in range(7))
        gg, h, i = d.node(a, b), d.node(c, e), d.node(f, g)
        k, l = d.node(gg, h), d.node(i, j)
        leaves = [a, b, c, e, f, g, j]
        self.assertEqual(d.root(leaves), d.node(k, l))
        self.assertEqual(d.inclusion(0, leaves), [b, h, l])
        self.assertEqual(d.inclusion(3, leaves), [c, gg, l])
        self.assertEqual(d.inclusion(4, leaves), [g, j, k])
        self.assertEqual(d.inclusion(6, leaves), [i, k])
        self.assertEqual(d.consistency(3, leaves), [c, e, gg, l])
        self.assertEqual(d.consistency(4, leaves), [l])
        self.assertEqual(d.consistency(6, leaves), [i, j, k])

    # golang.org/x/mod/sumdb/note, documentation of the package; C2SP signed-note
    VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    NOTE = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
            "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")

    def test_signed_note(self):
        name, key_id, key = self.VERIFIER.split("+", 2)
        key = base64.b64decode(key)
        self.assertEqual(key[0], 1)
        self.assertEqual(d.note_key_id(name, 1, key[1:]).hex(), key_id)
        text, signatures = d.read_note(self.NOTE)
        self.assertEqual(text, self.NOTE[:self.NOTE.index("\n\n") + 1])
        (signer, signature), = signatures
        self.assertEqual((signer, signature[:4].hex()), (name, key_id))
        self.assertTrue(d.verifies(key[1:], text.encode(), signature[4:]))
        self.assertFalse(d.verifies(key[1:], text.encode() + b"\n", signature[4:]))

    # tlog-checkpoint and tlog-cosignature: the shapes shown there
    CHECKPOINT = ("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                  "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo"
                  "+zyWE+xeMcTOAYQ8=\n"
                  "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0"
                  "xUe+mbIUBkBIfZ+qnA==\n")

    def test_checkpoint_shape(self):
        text, signatures = d.read_note(self.CHECKPOINT)
        self.assertEqual([len(s) for _, s in signatures], [4 + 64, 4 + 8 + 64])
        seconds = int.from_bytes(signatures[1][1][4:12], "big")
        self.assertEqual(d.cosigned_text(text, seconds), "cosignature/v1\ntime 1679315147\n" + text)
        self.refuses("BAD_TEXT", d.read_checkpoint, text)   # a checkpoint, but of no log of ours

    def test_published_trees(self):
        folder = os.environ.get("DETENTE_MERKLE_VECTORS")
        if not folder or not pathlib.Path(folder).is_dir():
            self.skipTest("DETENTE_MERKLE_VECTORS names no folder")
        done = 0

        def raw(text):
            return base64.b64decode(text or "")
        for kind in ("inclusion", "consistency"):
            for path in sorted(pathlib.Path(folder, kind).rglob("*.json")):
                c = json.loads(path.read_text())
                proof = [raw(p) for p in c["proof"] or []]
                try:
                    if kind == "inclusion":
                        d.check_inclusion(raw(c["leafHash"]), c["leafIdx"], c["treeSize"], proof, raw(c["root"]))
                    else:
                        d.check_consistency(c["size1"], c["size2"], proof, raw(c["root1"]), raw(c["root2"]))
                    refused = False
                except d.Refused:
                    refused = True
                self.assertEqual(refused, c["wantErr"], f"{path}: {c['desc']}")
                done += 1
        self.assertGreater(done, 50)
        print(f"{done} published tree cases", file=sys.stderr)


class Encoding(Case):
    def random_item(self, r, depth=0):
        pick = r.randrange(8 if depth < 5 else 6)
        if pick < 2:
            return r.choice((1, -1)) * r.getrandbits(r.randrange(1, 64))
        if pick == 2:
            return r.randbytes(r.randrange(40))
        if pick == 3:
            return "".join(r.choice("ab\u00fc\u6c34\U00010151") for _ in range(r.randrange(20)))
        if pick < 6:
            return r.choice((None, True, False))
        if pick == 6:
            return [self.random_item(r, depth + 1) for _ in range(r.randrange(5))]
        return {r.randrange(1000): self.random_item(r, depth + 1) for _ in range(r.randrange(5))}

    def test_against_cbor2(self):
        if cbor2 is None:
            self.skipTest("cbor2 is not installed")
        r = random.Random(1)
        for _ in range(2000):
            item = self.random_item(r)   # keys from 0 up: there the two key orders in use agree
            spelled = d.encode(item)
            self.assertEqual(spelled, cbor2.dumps(item, canonical=True))
            self.assertEqual(d.decode(spelled), item)
            self.assertEqual(cbor2.loads(spelled), item)

    def test_one_spelling(self):
        """Random bytes, and valid items with a bit flipped: refused, or written again the same."""
        r = random.Random(2)
        for i in range(20000):
            data = bytearray(d.encode(self.random_item(r)) if i % 2 else r.randbytes(r.randrange(1, 12)))
            at = r.randrange(len(data) * 8)
            data[at // 8] ^= 1 << at % 8
            try:
                item = d.decode(bytes(data))
            except d.Refused:
                continue
            self.assertEqual(d.encode(item), bytes(data))

    def test_text_encodings(self):
        for size in range(40):
            data = bytes(range(size))
            self.assertEqual(d.unb64(d.b64(data)), data)
            self.assertEqual(d.unb32(d.b32(data), size), data)
        for bad in ("QQ", "QQ=", "QR==", "QQ==\n", "Q-==", "QQ== "):
            self.refuses(None, d.unb64, bad)
        d.unb32("my", 1)
        for bad in ("MY", "mz", "my======", "m1"):
            self.refuses(None, d.unb32, bad, 1)
        for bad in ("00", "01", "+1", "-1", "", " 1", "\u0661", "1" * 20, str(2**63)):
            self.refuses(None, d.decimal, bad)


class Trees(Case):
    def test_all_paths(self):
        for n in range(1, 40):
            leaves = v.leaves(n)
            root = d.root(leaves)
            for i in range(n):
                d.check_inclusion(leaves[i], i, n, d.inclusion(i, leaves), root)
                self.refuses("BAD_PROOF", d.check_inclusion, leaves[i], i + 1, n, d.inclusion(i, leaves), root)
            for m in range(1, n + 1):
                old = d.root(leaves[:m])
                d.check_consistency(m, n, d.consistency(m, leaves), old, root)
                self.assertEqual(d.roots_of_consistency(m, n, d.consistency(m, leaves, False)), (old, root))
                if m & m - 1 and m < n:
                    self.assertEqual(d.consistency(m, leaves, False), d.consistency(m, leaves))


class Sealing(Case):
    def test_padding(self):
        for n in range(1, 16385):
            size = d.padded_size(n)
            step = 32 if size <= 512 else 256 if size <= 4096 else 1024
            self.assertTrue(n <= size < n + step and size % step == 0 and d.padded_size(size) == size)

    def test_box(self):
        secret, kid, line = v.seed("reader"), bytes(8), v.W.line
        box = d.make_box(v.seed("key"), kid, line, d.x_public(secret), v.seed("ephemeral"))
        self.assertEqual(len(box), 80)
        self.assertEqual(d.open_box(box, kid, line, secret), v.seed("key"))
        for i in range(len(box) * 8):
            # the bit that X25519 ignores too: the key is derived from all of the box's front
            changed = box[:i // 8] + bytes([box[i // 8] ^ 1 << i % 8]) + box[i // 8 + 1:]
            self.refuses(None, d.open_box, changed, kid, line, secret)
        self.refuses("BAD_KEY", d.make_box, v.seed("key"), kid, line, bytes(32), v.seed("ephemeral"))


class Proofs(Case):
    @classmethod
    def setUpClass(cls):
        cls.cards = {c: d.read_card(v.W.card[c]) for c in v.W.card}
        _, _, _, plaintext, salt = v.sealed_position()
        cls.text = v.build(3, 6, [("NORD", 1)], [salt, plaintext]).encode()

    def test_every_bit(self):
        """No bit of a proof file can change unseen, with the card or without any."""
        d.verify_proof(self.text, self.cards["SUED"])
        for text in (self.text, v.build(3, 6, [("NORD", 1)], None, False).encode(), v.build(4, 5).encode()):
            d.verify_proof(text)
            accepted = []
            for i in range(len(text) * 8):
                changed = bytearray(text)
                changed[i // 8] ^= 1 << i % 8
                with contextlib.suppress(d.Refused):
                    d.verify_proof(bytes(changed))   # no card: the weakest check there is
                    accepted.append(i)
            self.assertEqual(accepted, [])

    def test_every_cut_and_addition(self):
        for i in range(len(self.text)):
            self.refuses(None, d.verify_proof, self.text[:i])
        for i in range(0, len(self.text), 7):
            for more in (b"\n", b" ", b"A", b"=", b"\0", b"\xe2\x80\x94"):
                self.refuses(None, d.verify_proof, self.text[:i] + more + self.text[i:])

    def test_command(self):
        with tempfile.TemporaryDirectory() as folder:
            def put(name, data):
                path = pathlib.Path(folder, name)
                path.write_bytes(data if isinstance(data, bytes) else data.encode())
                return str(path)

            def run(*arguments):
                with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                    return verify_proof.main(list(arguments)), out.getvalue()
            sued, nord = (put(c, d.armour(v.W.card[c])) for c in ("SUED", "NORD"))
            proof, bad = put("proof", self.text), put("bad", self.text[:-2] + b"\n")
            code, out = run(sued, proof, nord)
            self.assertEqual(code, 0)
            for word in ("SUED.1-3-", "stored by NORD.1", "7 watch officer", "The bridge is closed."):
                self.assertIn(word, out)
            code, out = run("-", proof)
            self.assertEqual(code, 3)
            self.assertIn("?.1-3-", out)
            self.assertEqual(run(nord, proof), (1, "refused: UNKNOWN_PARTY: signed by another party\n"))
            self.assertEqual(run(sued, bad)[0], 1)
            self.assertEqual(run(proof, proof)[0], 1)
            self.assertEqual(run(sued)[0], 2)
            self.assertEqual(run(sued, folder + "/none")[0], 2)


class Vectors(Case):
    def test_files_are_as_written(self):
        for name in v.FILES:
            path = v.FOLDER / f"{name}.json"
            self.assertEqual(path.read_text(encoding="ascii"), v.contents(name), f"{name}.json: run make_vectors.py")
        self.assertLess(sum(p.stat().st_size for p in v.FOLDER.glob("*.json")), 800_000)

    def test_edits_give_the_broken_proofs(self):
        cases = json.loads((v.FOLDER / "proof.json").read_text())["cases"]
        cards = {c["card"]: d.read_card(d.read_armour(c["armour"])) for c in cases if "armour" in c}
        base = {c["name"]: c["proof"].encode() for c in cases if "proof" in c}
        for c in cases:
            if c.get("valid"):
                self.assertEqual(d.verify_proof(c["proof"].encode(), cards[c["card"]]).record_id, c["record_id"])
            elif "base" in c:
                text, at = base[c["base"]], c["at"]
                changed = text[:at] + c["put"].encode() + text[at + c["cut"]:]
                self.refuses(c["error"], d.verify_proof, changed, cards[c["card"]])

    def test_cbor_cases(self):
        for c in json.loads((v.FOLDER / "cbor.json").read_text())["cases"]:
            data = bytes.fromhex(c["hex"])
            if c["valid"]:
                self.assertEqual(d.encode(d.decode(data)), data)
            else:
                self.refuses(c["error"], d.decode, data)


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    for test, why in result.skipped:
        print(f"skipped {test.id().split('.', 1)[1]}: {why}")
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed")
    sys.exit(1 if failed else 0)
