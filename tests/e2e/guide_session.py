#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""guide_session.py [PROGRAM] - types what docs/operator-guide.md tells an operator to type.

Every indented line of the guide that begins with `detente` runs, in order, for NORD, with
SUED beside it (the French guide has the same lines); what the other side does is done there. Addresses, ids and dates of the
guide stand for those of this run. A command counts when its exit status is one that the
guide says it has. A line that cannot be replayed is named in LEFT_OUT, with its reason.
"""
import datetime
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = {"desk": "a screen; tests/e2e/desk.sh sits at it",
            "pair sued.card --live": "compared by voice; tests/node/test_pair.c plays it"}
SECRETS = {"init": "exercise root key\n\n", "operator add": "exercise root key\nofficer on watch\n",
           "operator unlock": "officer on watch\n", "card": "exercise root key\n",
           "line": "exercise root key\n", "revoke": "exercise root key\n"}
NOW = datetime.datetime.now(datetime.timezone.utc)
SOON = (NOW + datetime.timedelta(days=1)).strftime("%Y-%m-%d")


def commands(name="operator-guide.md"):
    text = (TOP / "docs" / name).read_text(encoding="utf-8")
    # tests/e2e/stolen.sh types sections 12 and 13: they need a second machine
    text = text.split("\n## 12. ")[0] + "\n## 14. " + text.split("\n## 14. ")[1]
    return [line.split("#")[0].strip() for line in re.findall(r"^    (.*)$", text, re.M)
            if re.match(r"detente |head ", line)]


class Exercise:
    def __init__(self, program, work):
        self.program, self.work, self.nodes = program, work, {}
        port = int(os.environ.get("DT_TEST_PORTS") or random.randrange(20000, 40000))
        self.address = {"NORD": f"udp:127.0.0.1:{port}", "SUED": f"udp:127.0.0.1:{port + 1}"}
        self.features = 0

    def run(self, party, words, timeout=60):
        head = " ".join(words[:2]) if words[0] in ("operator",) else words[0]
        needs = head in SECRETS and not (words[0] == "card" and words[1] in ("export", "check"))
        secret = []
        if needs:
            (self.work / "secret").write_text(SECRETS[head], encoding="utf-8")
            secret = ["--passphrase-file", "secret"]
        return subprocess.run([self.program, *words, *secret, "--home", party], cwd=self.work, text=True,
                              capture_output=True, timeout=timeout, check=False)

    def need(self, party, *words):
        done = self.run(party, list(words))
        if done.returncode != 0:
            sys.exit(f"cannot set up: {party} {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, party):
        with open(self.work / f"{party}.log", "ab") as log:
            self.nodes[party] = subprocess.Popen(
                [self.program, "node", "--listen", self.address[party], "--home", party],
                cwd=self.work, stderr=log)
        self.until(party, "our node up", "status")

    def until(self, party, pattern, *words):
        for _ in range(600):
            if re.search(pattern, self.run(party, list(words)).stdout):
                return
            time.sleep(0.1)
        sys.exit(f"{party} never shows {pattern}: {self.run(party, list(words))}")

    def stop(self):
        for node in self.nodes.values():
            node.send_signal(signal.SIGTERM)
        for node in self.nodes.values():
            node.wait(30)
        self.nodes = {}

    def other_side(self):
        """SUED, before the guide needs it."""
        self.need("SUED", "init", "SUED", "Southern Federation")
        self.need("SUED", "operator", "add", "Watch officer")
        self.need("SUED", "card", "--endpoint", self.address["SUED"])
        self.need("SUED", "card", "export", "-o", "sued.card")
        self.need("SUED", "operator", "unlock", "1")

    def feature(self, name, lon):
        """A convoy of its own each time, or a changed one."""
        self.features += 1
        value = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, 36.2]},
                 "properties": {"category": "MOVEMENT", "request": "INFORM_ONLY", "title": f"Convoy {self.features}",
                                "radius_m": 300, "start": f"{SOON}T08:00:00Z", "end": f"{SOON}T12:00:00Z",
                                "text": f"trucks, version {self.features}"}}
        (self.work / name).write_text(json.dumps(value), encoding="utf-8")

    def id_of(self, party, *words):
        """Of what such a command has written."""
        return re.search(r"[A-Z]+\.\d+-\d+(-[a-z2-7]{4})?", self.need(party, *words))[0]

    def told(self, sender, reader, *words):
        """An id that the reader's node has, too."""
        name = self.id_of(sender, *words)
        self.until(reader, re.escape(name), "log", "--limit", "1000")
        return name


def prepare(e, line):
    """What the guide presumes at this line; the line as it has to be typed here, and by whom."""
    party, written = "NORD", line  # ids put in below may look like the guide's
    if line.startswith("detente card export"):
        e.other_side()
    if line.startswith("detente line create"):
        e.start("SUED")
    if line.startswith("detente line accept"):
        party = "SUED"
    if line.startswith("detente operator lock"):
        return party, [line, "detente operator unlock 1"]
    if "SUED.1-7" in line:
        line = line.replace("SUED.1-7", e.told("SUED", "NORD", "send", "--to", "NORD", "a question"))
    if line.startswith("detente send"):
        e.until("SUED", r"log of NORD\.1: (?:[2-9]|\d\d)", "status")
        e.until("NORD", r"log of SUED\.1: (?:[2-9]|\d\d)", "status")
    if "convoy.geojson" in line or "changed.geojson" in line or line.endswith(" ID") or " ID " in line:
        e.feature("convoy.geojson", 37.1)
    if " ID" in line:
        line = line.replace(" ID", " " + e.id_of("NORD", "notice", "add", "convoy.geojson"))
        e.feature("changed.geojson", 37.2)
    if "conflict show" in line:
        e.feature("fire.geojson", 37.1)
        value = json.loads((e.work / "fire.geojson").read_text(encoding="utf-8"))
        value["properties"]["category"] = "FIRES"
        (e.work / "fire.geojson").write_text(json.dumps(value), encoding="utf-8")
        e.told("SUED", "NORD", "notice", "add", "fire.geojson")
        e.until("NORD", "CONFLICT", "conflicts")
    if "4lme" in line:
        line = line.replace("4lme", re.search(r"CONFLICT (\w{4})", e.run("NORD", ["conflicts"]).stdout)[1])
    if "NORD.1-9-k7qm" in line:
        e.feature("convoy.geojson", 37.1)
        line = line.replace("NORD.1-9-k7qm", e.id_of("NORD", "notice", "add", "convoy.geojson"))
    if "near NORD.1-4" in written:
        line = line.replace("NORD.1-4", e.id_of("NORD", "notice", "add", "convoy.geojson"))
    elif "NORD.1-5" in written:
        party = "NORD" if re.match("detente (recall|lift)", line) else "SUED"
        line = line.replace("NORD.1-5", e.told("NORD", "SUED", "check-fire", "everywhere"))
    elif "NORD.1-3" in written:
        line = line.replace("NORD.1-3", e.id_of("NORD", "send", "--to", "SUED", "--wait", "to be proved"))
    if line.startswith("detente verify") and "proof" not in line:
        e.stop()
    line = line.replace("udp:192.0.2.1:7100", e.address["NORD"]).replace("2026-02-26T16:00Z", f"{SOON}T16:00Z")
    line = line.replace("2026-02-26T14:03Z", NOW.strftime("%Y-%m-%dT%H:%MZ"))
    if line.startswith("detente lift"):
        return party, ["detente operator unlock 2", line, "detente operator lock 2"]
    return party, [line]


def replay(e, line):
    """None, or what went wrong."""
    if line.startswith("head "):
        return None if subprocess.run(line, shell=True, cwd=e.work, check=False).returncode == 0 else line
    if line.startswith("detente node"):
        e.start("NORD")
        return None
    party, typed = prepare(e, line)
    for one in typed:
        words = shlex.split(one)[1:]
        if "--follow" in words:
            try:
                e.run(party, words, timeout=2)
                return f"{one}: does not go on"
            except subprocess.TimeoutExpired:
                continue
        good = (0, 4, 5) if words[0] in ("conflict", "conflicts") or words[:2] == ["notice", "check"] else (0,)
        good = (0, 1) if words[0] == "doctor" else good
        done = e.run(party, words)
        if done.returncode not in good:
            return f"{party}$ {one}\n     status {done.returncode}: {done.stdout}{done.stderr}"
        if words[0] == "line" and words[1] == "accept":
            e.need("NORD", "pair", "sued.card")
            shutil.copy(e.work / "nord-sued.secret", e.work / "theirs.secret")
        if "--secret" in words:
            e.need("SUED", "pair", "nord.card", "--secret", "theirs.secret")
            e.until("NORD", r"log of SUED\.1: (?:[2-9]|\d\d)", "status")
    return None


def main():
    program = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "build" / "detente").resolve()
    same = commands() == commands("operator-guide.fr.md")
    passed, failed = int(same), int(not same)
    print("PASS" if same else "FAIL", "the French guide has you type the same")
    with tempfile.TemporaryDirectory(prefix="detente-guide-") as work:
        os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en", XDG_RUNTIME_DIR=work)
        e = Exercise(str(program), pathlib.Path(work))
        try:
            for line in commands():
                if line.removeprefix("detente ") in LEFT_OUT:
                    print(f"SKIP {line}: {LEFT_OUT[line.removeprefix('detente ')]}")
                    continue
                wrong = replay(e, line)
                passed, failed = passed + (wrong is None), failed + (wrong is not None)
                print(f"PASS {line}" if wrong is None else f"FAIL {wrong}")
        finally:
            e.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < 40 else 0


sys.exit(main())
