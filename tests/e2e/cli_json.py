#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""cli_json.py - what programs may rely on: every command with --json in a small exercise.

Each value is held against docs/cli-schema.json, each exit status against docs/cli.md, and
each option of src/cli/commands.c must be taught by the --help of its command.
usage: DETENTE=build/detente tests/e2e/cli_json.py        (last line `N passed, N failed`)
"""
import datetime
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(os.environ.get("DETENTE", TOP / "build/detente")).resolve())
SCHEMA = json.loads((TOP / "docs/cli-schema.json").read_text(encoding="utf-8"))
PLAIN = {"string": str, "integer": int, "boolean": bool, "null": type(None), "object": dict}
sys.path.insert(0, str(TOP / "tests/reference"))
import detente_ref  # noqa: E402
passed = failed = 0
seen_status, seen_commands = set(), set()


def verdict(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print("PASS" if good else "FAIL", what, "" if good else detail)


def faults(value, shape, where):
    """What is wrong with a value, as a list of sentences."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        out = []
        for key, inner in shape.items():
            name = key.rstrip("?")
            if name in value:
                out += faults(value[name], inner, f"{where}.{name}")
            elif not key.endswith("?"):
                out.append(f"{where}.{name} is not there")
        return out
    if shape.startswith("["):
        if not isinstance(value, list):
            return [f"{where} is no array"]
        return [f for i, v in enumerate(value) for f in faults(v, shape[1:-1], f"{where}[{i}]")]
    if shape == "any":
        return []
    if shape in SCHEMA["types"]:
        return faults(value, SCHEMA["types"][shape], where)
    kinds = shape.split("|")
    good = any(isinstance(value, PLAIN[k]) and (k != "integer" or not isinstance(value, bool)) for k in kinds)
    return [] if good else [f"{where} is {value!r}, not {shape}"]


def call(home, *words, status=0, shape=None, stdin=None):
    """Runs a command; its first JSON value. `shape`: the entry of the schema it must have."""
    r = subprocess.run([PROGRAM, *words, "--json", "--home", home], stdout=subprocess.PIPE, timeout=60,
                       stderr=subprocess.PIPE, text=True, encoding="utf-8", input=stdin)
    seen_status.add(r.returncode)
    wanted = status if isinstance(status, tuple) else (status,)
    name = shape or " ".join(words[:2])
    try:
        lines = [json.loads(line) for line in r.stdout.splitlines()]
    except ValueError as e:
        verdict(name, False, f"{e}: {r.stdout[:300]!r}")
        return {}
    if r.returncode not in wanted:
        verdict(name, False, f"status {r.returncode}, not {wanted}: {r.stderr[:300]}")
        return {}
    if shape == "error":
        bad = faults(lines[-1] if lines else None, "error", name)
    else:
        seen_commands.add(shape)
        bad = faults(lines[0] if lines else None, SCHEMA["commands"][shape], name) if shape else []
    if shape:
        verdict(f"{home}: {' '.join(words[:3])}: status {r.returncode}", not bad, "; ".join(bad[:4]))
    return lines[0] if lines else {}


def until(home, test, *words):
    for _ in range(200):
        value = call(home, *words, status=tuple(range(8)))
        if value and test(value):
            return value
        time.sleep(0.1)
    verdict(f"{home}: waited for {' '.join(words)}", False)
    return {}


def square(path, title, day, **more):
    p = {"category": "STATIC", "request": "ADD_TO_NO_STRIKE", "title": title, "radius_m": 300,
         "start": f"{day}T00:00:00Z", "end": f"{day}T12:00:00Z", **more}
    geometry = {"type": "Point", "coordinates": [47.2, 15.1]}
    path.write_text(json.dumps({"type": "Feature", "properties": p, "geometry": geometry}))
    return str(path)


def stamp(text):
    """Milliseconds of a UTC time."""
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp() * 1000)


def flips(path):
    """The reference refuses a case with any bit changed."""
    data = bytearray(path.read_bytes())
    detente_ref.verify_case(bytes(data))
    passed_over = 0
    for bit in random.sample(range(8 * len(data)), 400):
        data[bit // 8] ^= 1 << bit % 8
        try:
            detente_ref.verify_case(bytes(data))
            passed_over += 1
        except (detente_ref.Refused, UnicodeDecodeError):
            pass
        data[bit // 8] ^= 1 << bit % 8
    verdict("the reference refuses each of 400 flipped bits", passed_over == 0, str(passed_over))


def tiers(room, day):
    """Told in steps: the cells first, then by an officer's word the shape; the account of it."""
    square(room / "clinic", "Clinic", day)
    clinic = call("NORD", "notice", "add", "clinic", "--tier", "SUED=cell", "--signed", "--wait",
                  shape="notice add").get("items", [{}])[0].get("id", "")
    here = until("SUED", lambda v: v.get("tier") == "cell", "show", clinic)
    verdict("who is told the cells is shown neither place nor title", not {"lat", "lon", "title"} & set(here), str(here))
    call("NORD", "disclose", clinic, "--to", "SUED", shape="error", status=2)
    call("NORD", "disclose", clinic, "--to", "SUED", "--tier", "shape", shape="disclose")
    there = until("SUED", lambda v: v.get("tier") == "shape", "show", clinic)
    verdict("the shape is on its grid and fits the cells", there.get("lat") == 151000000 and there.get("parts_fit") is True
            and "title" not in there, str(there))
    call("NORD", "disclose", clinic, "--auto", "exact", "--area", "500", "--per-day", "2", shape="error", status=2)
    call("NORD", "disclose", clinic, "--auto", "shape", "--area", "500", "--per-day", "2", shape="disclose --auto")
    call("NORD", "disclose", clinic, "--auto", "off", shape="disclose --auto")
    told = call("NORD", "disclosures", clinic, shape="disclosures").get("items", [{}])[0].get("readers", [])
    verdict("the account names both keys, and the officer who gave one",
            [(r["tier"], r["how"], bool(r.get("officer"))) for r in told]
            == [("cell", "addressed", False), ("shape", "disclosed", True)], str(told))
    call("SUED", "disclosures", clinic, shape="error", status=1)
    near = call("SUED", "notice", "add", square(room / "near", "Near", day, category="FIRES", request="INFORM_ONLY"),
                shape="notice add").get("items", [{}])[0].get("id", "")
    found = until("NORD", lambda v: [i for i in v.get("items", []) if {i["a"], i["b"]} == {clinic, near}], "conflicts")
    word = next(i["id"] for i in found["items"] if {i["a"], i["b"]} == {clinic, near})
    level = [i["level"] for i in until("SUED", lambda v: any(i["id"] == word for i in v.get("items", [])), "conflicts")["items"]
             if i["id"] == word]
    verdict("the same conflict is exact here and one of shapes there",
            level == ["shape"] and all(i["level"] == "exact" for i in found["items"] if i["id"] == word), str(level))
    say = lambda who, *words: subprocess.run([PROGRAM, *words, "--home", who], capture_output=True, text=True, timeout=60,
                                             check=False)
    verdict("of shapes a distance is said to be the least", "    at least " in say("SUED", "conflict", "show", word).stdout)
    call("NORD", "conflict", "tell", word, "--to", "SUED", shape="conflict tell")
    square(room / "hidden", "Hidden", day)
    hidden = call("NORD", "notice", "add", "hidden", "--tier", "SUED=existence", "--signed", "--wait",
                  shape="notice add").get("items", [{}])[0].get("id", "")
    found = until("NORD", lambda v: [i for i in v.get("items", []) if {i["a"], i["b"]} == {hidden, near}], "conflicts")
    word = next(i["id"] for i in found["items"] if {i["a"], i["b"]} == {hidden, near})
    call("NORD", "conflict", "tell", word, "--to", "SUED", shape="conflict tell")
    told = [i for i in until("SUED", lambda v: any(i["id"] == word for i in v.get("items", [])), "conflicts")["items"]
            if i["id"] == word]
    verdict("of what another member said no number is given", told and told[0]["level"] == "existence" and not
            {"distance_mm", "lat", "lon", "from", "until", "vertical_gap_mm", "first"} & set(told[0]), str(told))
    words, drawn = say("SUED", "conflict", "show", word), say("SUED", "conflict", "show", word, "--svg", "nowhere.svg")
    verdict("nor in words, nor on a map", "not known here" in words.stdout and " m apart" not in words.stdout
            and "0.00000N" not in words.stdout and drawn.returncode == 1 and not pathlib.Path("nowhere.svg").exists(),
            words.stdout + drawn.stderr)
    for who, name in (("SUED", near), ("NORD", hidden), ("NORD", clinic)):
        call(who, "notice", "end", name, shape="notice end")


def conflict_of(who, word):
    return call(who, "conflict", "show", word, status=(0, 5), shape="conflict show")["items"][0]


def picture_of_conflict(room, word):
    """Both sides draw it; who it is stands in words, and without an officer there is no picture."""
    for p in ("NORD", "SUED"):
        call(p, "conflict", "show", word, "--svg", f"{p}.svg", status=5, shape="conflict show")
        svg = xml.etree.ElementTree.parse(room / f"{p}.svg").getroot()
        texts = ["".join(t.itertext()) for t in svg.iter("{http://www.w3.org/2000/svg}text")]
        verdict(f"the picture at {p} names both, the distance, heights and times", any(t.startswith("A: ") and "Post" in t for t in texts)
                and any(t.startswith("B: ") and "Fires" in t for t in texts) and any("closest: " in t for t in texts)
                and {"Heights", "Times (UTC)"} <= set(texts) and any("not a permission" in t for t in texts), str(texts))
    call("NORD", "operator", "lock", "1", shape="operator lock")
    call("NORD", "conflict", "show", word, "--svg", "none.svg", status=8, shape="error")
    verdict("no picture without an officer on watch", not (room / "none.svg").exists())
    call("NORD", "operator", "unlock", "1", "--passphrase-file", "o", shape="operator unlock")


def same_life(word, want):
    """Both sides derive the same state from the same records."""
    until("NORD", lambda v: any(i["id"] == word and i["state"] == want for i in v.get("items", [])), "conflicts")
    until("SUED", lambda v: any(i["id"] == word and i["state"] == want for i in v.get("items", [])), "conflicts")
    ours, theirs = (conflict_of(p, word) for p in ("NORD", "SUED"))
    keys = ("id", "a", "b", "state", "since", "seen_due", "overdue", "parties")
    verdict(f"the conflict is {want} at both sides, alike", all(ours[k] == theirs[k] for k in keys)
            and ours["state"] == want, str([{k: i[k] for k in keys} for i in (ours, theirs)]))
    return ours


def life_of_conflict(word, fires):
    """raised, seen by both, proposed, the risk accepted by both, withdrawn."""
    same_life(word, "raised")
    call("SUED", "conflict", "seen", word, shape="conflict seen")
    until("NORD", lambda v: any(p["seen"] for i in v.get("items", []) for p in i["parties"]), "conflicts")
    same_life(word, "raised")
    call("NORD", "conflict", "seen", word, shape="conflict seen")
    same_life(word, "seen")
    call("NORD", "conflict", "propose", word, status=2, shape="error")
    call("NORD", "conflict", "propose", word, "--text", "an hour later?", shape="conflict propose")
    life = same_life(word, "proposed")
    verdict("the steps are records", [s["step"] for s in life["steps"]].count("seen") == 2
            and any(s.get("text") == "an hour later?" for s in life["steps"]), str(life["steps"]))
    call("NORD", "conflict", "accept-risk", word, shape="conflict accept-risk")
    until("SUED", lambda v: any(p["accepted"] for i in v.get("items", []) for p in i["parties"]), "conflicts")
    same_life(word, "proposed")
    call("SUED", "conflict", "accept-risk", word, shape="conflict accept-risk")
    same_life(word, "risk-accepted")
    call("SUED", "conflict", "withdraw", word, shape="conflict withdraw")
    same_life(word, "proposed")
    call("SUED", "conflict", "raise", word, "--text", "still open", shape="conflict raise")
    until("NORD", lambda v: any(i["kind"] == "CONFLICT" and i.get("step") == "raised" for i in v.get("items", [])), "inbox")
    call("SUED", "conflict", "seen", "zzzz", status=1, shape="error")
    call("NORD", "notice", "outcome", fires, "delayed", status=2, shape="error")
    call("NORD", "notice", "outcome", fires, "withdrawn", status=1, shape="error")
    call("NORD", "notice", "outcome", fires, "delayed", "--minutes", "40", shape="notice outcome")
    call("SUED", "notice", "outcome", fires, "impeded", shape="notice outcome")
    told = until("SUED", lambda v: any(len(i.get("outcomes", [])) == 2 for i in v.get("items", [])), "notice", "list")
    accounts = [(o["code"], o["outcome"], o["minutes"]) for i in told["items"] for o in i["outcomes"]]
    verdict("each side's account of the outcome stands beside the other's",
            sorted(accounts) == [("NORD", "delayed", 40), ("SUED", "impeded", 0)], str(accounts))


def too_late(room, day):
    """Each side notifies what has begun already, and the two conflict."""
    now = datetime.datetime.now(datetime.timezone.utc)
    when = {k: (now + datetime.timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M:%SZ") for k, m in (("start", -10), ("end", 50))}
    for who, category in (("NORD", "STATIC"), ("SUED", "FIRES")):
        path = room / f"late-{who}"
        square(path, f"Late {who}", day, category=category, request="INFORM_ONLY", **when)
        path.write_text(path.read_text().replace("47.2", "49.7"))
        call(who, "notice", "add", str(path), "--short-notice", shape="notice add")
        for p in ("NORD", "SUED"):
            until(p, lambda v: any(i.get("title") == f"Late {who}" for i in v.get("items", [])), "notice", "list")


def report_of(room):
    """The figures of the exercise, alike on both sides, as JSON, CSV and chart."""
    now = datetime.datetime.now(datetime.timezone.utc)
    when = ("--from", (now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "--to", (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    ours = call("NORD", "report", *when, "--csv", "r.csv", "--svg", "r.svg", shape="report")
    verdict("both sides report the same", until("SUED", lambda v: v == ours, "report", *when) == ours)
    call("SUED", "report", *when, "--csv", "s.csv", "--svg", "s.svg", shape="report")
    verdict("and write the same table and chart, byte for byte", all(
        (room / f"r.{kind}").read_bytes() == (room / f"s.{kind}").read_bytes() for kind in ("csv", "svg")))
    rows = (room / "r.csv").read_text(encoding="utf-8").splitlines()
    verdict("the CSV has the figures", rows[0] == "figure,of,value" and "acknowledged,PRIORITY,1" in rows
            and "forces,partly,1" in rows and "conflicts,before_start,2" in rows, str(rows))
    verdict("what was notified and found too late is counted", "notices_after_start,,2" in rows
            and "conflicts,after_start,1" in rows, str(rows))
    named = ("median_s,", "unanswered,FLASH,", "missed,link,", "missed,desk,", "attempts,deputy,", "forces,silent,", "reported,,")
    verdict("every figure has a row", all(any(r.startswith(n) for r in rows) for n in named), str(rows))
    svg = xml.etree.ElementTree.parse(room / "r.svg").getroot()
    texts = ["".join(t.itertext()) for t in svg.iter("{http://www.w3.org/2000/svg}text")]
    verdict("the chart names line, period in UTC and precedences", any("River" in t and "UTC" in t for t in texts)
            and {"FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"} <= set(texts), str(texts))
    call("NORD", "report", "--svg", "none/r.svg", status=1, shape="error")
    verdict("no half file is left", not list(room.glob("*.new")))


def blind(room, day):
    """Both have a plan at one place: all that `blind` says as JSON."""
    for p in ("NORD", "SUED"):
        square(room / f"{p}.plan", f"Plan {p}", day)
    ids = [call("NORD", "blind", "propose", "--to", "SUED", "--size", "128", "--as", "1", "NORD.plan",
                shape="blind propose").get("id", "") for _ in range(3)]
    until("SUED", lambda v: any(i["id"] == ids[2] for i in v.get("items", [])), "blind", "list")
    call("SUED", "blind", "answer", ids[0], "SUED.plan", shape="blind answer")
    call("SUED", "blind", "answer", ids[1], "--decline", shape="blind answer --decline")
    call("NORD", "blind", "give-up", ids[2], "--as", "1", shape="blind give-up")
    until("NORD", lambda v: v.get("messages") == 3, "blind", "show", ids[0])
    call("NORD", "blind", "continue", ids[0], "--as", "1", shape="blind continue")
    until("SUED", lambda v: v.get("messages") == 5, "blind", "show", ids[0])
    call("SUED", "blind", "continue", ids[0], status=5, shape="blind continue")
    until("NORD", lambda v: v.get("messages") == 6, "blind", "show", ids[0])
    call("NORD", "blind", "continue", ids[0], "--as", "1", status=5, shape="blind continue")
    call("NORD", "blind", "show", ids[0], "--as", "1", status=5, shape="blind show")
    call("NORD", "blind", "list", shape="blind list")
    call("NORD", "blind", "open", ids[0], "--as", "1", "-o", "opened", shape="blind open")
    call("NORD", "blind", "verify", "opened", status=3, shape="blind verify")
    call("NORD", "blind", "verify", "--trust", "NORD.card", "opened", shape="blind verify")
    call("NORD", "blind", "continue", ids[2], "--as", "9", status=(1, 8), shape="error")


def exercise(room, nodes):
    words = {"rn": "root key one\n\n", "ro": "root key one\nofficer on watch\n", "o": "officer on watch\n",
             "r": "root key one\n"}
    for name, text in words.items():
        (room / name).write_text(text)
    base = int(os.environ.get("DT_TEST_PORTS") or random.randrange(20000, 40000))
    day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    for i, p in enumerate(("NORD", "SUED")):
        call(p, "init", p, f"Party {p}", "--passphrase-file", "rn", shape="init")
        call(p, "inbox", status=6, shape="error")
        for role in ("Watch officer", "Duty director"):
            call(p, "operator", "add", role, "--passphrase-file", "ro", shape="operator add")
        call(p, "operator", "unlock", "1", "--passphrase-file", "o", shape="operator unlock")
        call(p, "card", "--endpoint", f"udp:127.0.0.1:{base + i}", "--contact", "tel:+99 1",
             "--passphrase-file", "r", shape="card")
        call(p, "card", "export", "-o", f"{p}.card")
        nodes[p] = subprocess.Popen([PROGRAM, "node", "--listen", f"udp:127.0.0.1:{base + i}", "--home", p],
                                    stderr=open(f"{p}.log", "w", encoding="utf-8"))
        until(p, lambda v: "uptime" in v, "status")
    call("NORD", "card", "check", "SUED.card", shape="card")
    call("NORD", "pair", "SUED.card", shape="pair")
    call("SUED", "pair", "NORD.card", shape="pair")
    create = ("line", "create", "--title", "River", "--class", "exercise", "--member", "SUED.card",
              "--force", "SUED=Air Component", "--two-officers", "flash", "--passphrase-file", "r", "-o", "river.charter")
    call("NORD", *create, "--draft", shape="line create --draft")
    call("NORD", *create, shape="line create")
    call("SUED", "line", "accept", "river.charter", "--yes", "--passphrase-file", "r", shape="line accept")
    for p in ("NORD", "SUED"):
        until(p, lambda v: sum(log["size"] >= 2 for log in v.get("logs", [])) == 2, "status")
        for c in ("peers", "status"):
            call(p, c, shape=c)
        for c in ("list", "show"):
            call(p, "line", c, shape=f"line {c}")
        call(p, "operator", "list", shape="operator list")
        call(p, "doctor", status=(0, 1), shape="doctor")
    call("NORD", "send", "first", "--wait", shape="send --wait")
    message = call("NORD", "send", "second", "--precedence", "PRIORITY", shape="send").get("id", "")
    until("SUED", lambda v: any(i["id"] == message for i in v.get("items", [])), "log")
    call("SUED", "position", message, "no-objection", shape="position")
    call("SUED", "send", "--re", message, "--to", "NORD", "heard and understood", "--wait", shape="send --wait")
    call("NORD", "notice", "check", square(room / "post", "Post", day), status=(0, 4), shape="notice check")
    post = call("NORD", "notice", "add", "post", "--wait", shape="notice add").get("items", [{}])[0].get("id", "")
    until("SUED", lambda v: any(i["id"] == post for i in v.get("items", [])), "notice", "list")
    call("NORD", "notice", "delay", post, "--end", f"{day}T13:00:00Z", shape="notice delay")
    until("SUED", lambda v: any(i.get("life") == "planned" and i.get("end_now") == stamp(f"{day}T13:00:00") for i in v.get("items", [])), "notice", "list")
    call("NORD", "notice", "position", post, "15.9 47.2", status=1, shape="error")
    where = call("NORD", "notice", "position", post, "15.10001 47.20001", "--at", "2026-02-26T08:00Z", shape="notice position").get("id", "")
    words = until("SUED", lambda v: any(i["id"] == where for i in v.get("items", [])), "log")
    text = next((i.get("text", "") for i in words["items"] if i["id"] == where), "")
    verdict("a position is one line, sealed, with place and time", text.startswith(f"POSITION of {post} at 260800ZFEB26: 15\u00b006'00.03")
            and "MGRS" not in text and "38P" in text, text)
    square(room / "fires", "Fires", day, category="FIRES", request="INFORM_ONLY", radius_m=900)
    offered = call("SUED", "notice", "check", "fires", status=5, shape="notice check")["items"][0].get("suggestions", [])
    verdict("check says what to change in time and place", {"later", "move"} <= {s["change"] for s in offered}, str(offered))
    hours = ["--start", "2031-02-26T08:00Z", "--end", "2031-02-26T12:00Z", "--that-duration"]
    given = ["--category", "STATIC", "--request", "INFORM_ONLY", "--title", "Twice", "--radius", "300 m", *hours]
    for name, text, options in (
            ("csv", f"lat,lon,radius,title,category,request,start,end\n36.10001,37.10001,300 m,Row,STATIC,"
                    f"INFORM_ONLY,{hours[1]},{hours[3]}\n", ["--that-duration"]),
            ("places", "36.10002 37.10002\n", given),
            ("gpx", "<gpx><wpt lat='36.10003' lon='37.10003'/></gpx>", given),
            ("kml", "<kml><Document><Placemark><Point><coordinates>37.10004,36.10004</coordinates></Point></Placemark>"
                    "</Document></kml>", given),
            ("geojson", json.dumps({"type": "Feature", "geometry": {"type": "Point", "coordinates": [37.10005, 36.10005]},
                                    "properties": {"category": "STATIC", "request": "INFORM_ONLY", "title": "No id",
                                                   "start": hours[1], "end": hours[3], "radius_m": 300}}), ["--that-duration"]),
            ("notam", "A0001/31 NOTAMN\nQ) XXXX/QRTCA/IV/BO/W/000/100/3610N03710E005\nA) XXXX B) 3102260800 C) 3102261200\n"
                      "E) AREA\nF) GND G) FL100\n", ["--request", "INFORM_ONLY", "--that-duration"])):
        (room / "twice").write_text(text)
        first, second = (call("SUED", "notice", "add", "twice", "--far-away", *options, shape="notice add").get("items", [{}])[0] for _ in "12")
        verdict(f"a file of {name} read twice changes nothing",
                second.get("unchanged") is True and second["id"] == first["id"] and "unchanged" not in first, f"{first} {second}")
    plan = call("SUED", "plan", "add", "fires", status=5, shape="plan add").get("items", [{}])[0].get("name", "")
    again = call("SUED", "plan", "add", "fires", status=5, shape="plan add").get("items", [{}])[0].get("name", "")
    verdict("a plan that was added before is the same plan", plan == again and len(plan) == 8, f"{plan} {again}")
    verdict("status says what nobody has looked at", [p["name"] for p in call("SUED", "status").get("plans", [])] == [plan])
    checked = call("SUED", "plan", "check", plan, status=5, shape="plan check")
    verdict("a plan's check is that of its file", checked.get("suggestions") == offered, str(checked))
    verdict("and looking at it silences it", call("SUED", "status").get("plans") == [])
    call("SUED", "plan", "list", status=5, shape="plan list")
    call("SUED", "plan", "drop", plan, shape="plan drop")
    verdict("it is forgotten", call("SUED", "plan", "list", shape="plan list").get("items") == [])
    added = call("SUED", "notice", "add", "fires", shape="notice add").get("items", [{}])[0]
    verdict("so does the answer when it is notified all the same", added.get("check", {}).get("suggestions") == offered, str(added))
    fires = added.get("id", "")
    until("SUED", lambda v: v.get("items"), "conflicts")
    found = call("SUED", "conflicts", status=5, shape="conflicts").get("items", [{}])
    shown = call("SUED", "conflict", "show", found[0].get("id", ""), status=(0, 5), shape="conflict show")["items"][0]
    verdict("and the conflict; the post is asked to change nothing", bool(shown.get("suggestions"))
            and shown.get("theirs_could") == [], str(shown))
    picture_of_conflict(room, found[0].get("id", ""))
    life_of_conflict(found[0].get("id", ""), fires)
    call("NORD", "notice", "confirm", post, shape="notice confirm")
    call("SUED", "ack", post, shape="ack")
    call("SUED", "passed-on", post, "--force", "Air Component", "--units", "3/4", shape="passed-on")
    call("NORD", "notice", "amend", post, "post", shape="notice amend")
    call("SUED", "notice", "end", fires, shape="notice end")
    for p in ("NORD", "SUED"):
        call(p, "notice", "list", "--all", shape="notice list")
    until("NORD", lambda v: any(s.get("acknowledged") for s in v.get("stages", [])), "show", post)
    call("NORD", "show", post, shape="show")
    too_late(room, day)
    report_of(room)
    tiers(room, day)
    blind(room, day)
    fire = call("NORD", "check-fire", "everywhere", "--own-people", shape="check-fire").get("id", "")
    until("SUED", lambda v: any(i["id"] == fire for i in v.get("items", [])), "inbox")
    call("SUED", "inbox", "--all", shape="inbox")
    call("SUED", "answer", fire, "stopped", shape="answer")
    call("NORD", "recall", fire, shape="recall")
    call("NORD", "operator", "unlock", "2", "--passphrase-file", "o", shape="operator unlock")
    call("NORD", "lift", fire, "--as", "1", "--second", "2", shape="lift")
    shown = until("SUED", lambda v: v.get("fire", {}).get("state") == "lifted", "show", fire).get("fire", {})
    verdict("a lifted check-fire says by whom, and who answered",
            bool(shown.get("lifted_by") and shown.get("lifted_second") and shown.get("recalled")))
    call("NORD", "lift", fire, "--as", "1", "--second", "2", shape="error", status=1)
    verdict("it is in no status any more", not call("SUED", "status").get("check_fires", [1]))
    held = call("NORD", "send", "--precedence", "FLASH", "--as", "1", "two", shape="send (draft)").get("draft", "")
    call("NORD", "release", shape="release")
    call("NORD", "unanswered", shape="unanswered")
    for how in ("answer", "decline"):
        test = call("NORD", "test", "send", "--as", "1", shape="test send").get("id", "")
        until("SUED", lambda v, t=test: any(i["id"] == t for i in v.get("items", [])), "log")
        call("SUED", "test", how, test, shape=f"test {how}")
    call("NORD", "send", "--as", "1", "--wait-ack", "--timeout", "1", "nobody acknowledges", status=7, shape="send --wait-ack")
    call("NORD", "roster", "add", "deputy", "B. Example", "tel:+99 1")
    call("NORD", "roster", "list", shape="roster list")
    call("NORD", "release", held, "--officer", "1", status=1, shape="error")
    call("NORD", "release", held, "--officer", "2", shape="release DRAFT")
    call("NORD", "watch", "take", "--as", "1", "--desk", "Ops", shape="watch take")
    call("NORD", "watch", "alarm", shape="watch alarm")
    call("NORD", "watch", "heard", "--as", "1", shape="watch heard")
    call("NORD", "watch", "not-heard", "--as", "1", shape="watch not-heard")
    ids = [i["id"] for i in call("NORD", "inbox").get("items", []) + call("NORD", "status").get("check_fires", [])]
    ids += [i["id"] for i in call("NORD", "unanswered").get("unanswered", []) if i["silent"]]
    accept = [w for i in dict.fromkeys(ids) for w in ("--accept", i)]
    call("NORD", "watch", "hand-over", "--as", "1", "--second", "2", status=1, shape="error")
    call("NORD", "watch", "hand-over", "--as", "1", "--second", "2", *accept, shape="watch hand-over")
    call("NORD", "watch", "leave", "--as", "2", shape="watch leave")
    for p in ("NORD", "SUED"):
        call(p, "log", "--limit", "1000", shape="log")
        call(p, "rebuild", shape="rebuild")
    until("NORD", lambda v: "proof" in v, "prove", message)
    proof = call("NORD", "prove", message, shape="prove").get("proof", "")
    (room / "proof").write_text(proof, encoding="utf-8")
    call("NORD", "verify-proof", "--trust", "NORD.card", "proof", shape="verify-proof")
    call("NORD", "prove", "--case", post, "-o", "case", shape="prove")
    both = ("--trust", "NORD.card", "--trust", "SUED.card")
    case = call("NORD", "verify-proof", *both, "case", shape="verify-proof case").get("records", [{}])
    kinds = sorted(r.get("kind", "") for r in case)
    verdict("the case has the notice, its acknowledgement and what was passed on",
            case[0].get("id") == post and kinds.count("ACK") == 1 and "PASSED_ON" in kinds
            and any(r["kind"] == "ACK" and (r["officer"] or {}).get("valid") for r in case), str(kinds))
    call("NORD", "verify-proof", "--trust", "SUED.card", "case", status=3, shape="verify-proof case")
    call("NORD", "verify-proof", "case", status=3, shape="verify-proof case")
    r = subprocess.run(["python3", str(TOP / "tests/reference/verify_case.py"), "case", "NORD.card", "SUED.card"],
                       capture_output=True, text=True, check=False)
    verdict("the reference says the same of the case",
            r.returncode == 0 and len(r.stdout.splitlines()) == len(case), r.stdout + r.stderr)
    call("NORD", "prove", "--case", message, "-o", "words", shape="prove")
    words = call("NORD", "verify-proof", *both, "words", shape="verify-proof case").get("records", [{}])
    verdict("a case of words has the answer in words",
            [w.get("text") for w in words if w.get("kind") == "MESSAGE"] == ["second", "heard and understood"], str(words)[:400])
    flips(room / "words")
    call("NORD", "verify-proof", "proof", status=3, shape="verify-proof")
    call("NORD", "verify-proof", "--trust", "SUED.card", "proof", status=1, shape="error")
    call("NORD", "bundle", "export", str(room / "b"), shape="bundle export")
    call("SUED", "bundle", "import", str(room / "b"), shape="bundle import")
    call("NORD", "backup", str(room / "kept"), shape="backup")
    call("AGAIN", "restore", str(room / "kept"), "--passphrase-file", "rn", shape="restore")
    nodes["SUED"].send_signal(signal.SIGSTOP)
    call("NORD", "send", "asleep", "--wait", "--timeout", "1", status=7, shape="send --wait")
    nodes["SUED"].send_signal(signal.SIGCONT)
    call("NORD", "revoke", "operator", "2", "--reason", "lost", "--passphrase-file", "r", shape="revoke")
    call("NORD", "operator", "lock", shape="operator lock")
    call("NORD", "send", "nobody is on watch", status=8, shape="error")
    call("NORD", "ack", message, status=1, shape="error")
    call("NORD", "operator", "unlock", "1", "--passphrase-file", "o", shape="operator unlock")
    call("NORD", "line", "succeed", "--rule", "FIRES,FIRES,3000,300,30,3", "--passphrase-file", "r", "-o", "next.charter", shape="line succeed")
    follows = [v for v in call("NORD", "line", "list", shape="line list").get("lines", []) if "predecessor" in v]
    verdict("the line says which one it follows", len(follows) == 1 and follows[0]["predecessor_held"], str(follows)[:400])
    call("NORD", "line", "carry", "--line", follows[0]["tag"] if follows else "none", shape="line carry")
    call("NORD", "nonsense", status=2, shape="error")
    call("NORD", "verify", status=1, shape="error")
    for p, node in nodes.items():
        node.terminate()
        verdict(f"the node of {p} ends cleanly", node.wait(30) == 0)
    nodes.clear()
    call("NORD", "verify", shape="verify")


def sample():
    """The proof in examples/, through the program, and 200 changed ones."""
    text = (TOP / "examples/sample.tlog-proof").read_bytes()
    card = str(TOP / "examples/sample.card")
    call("X", "verify-proof", "--trust", card, str(TOP / "examples/sample.tlog-proof"), shape="verify-proof")
    call("X", "verify-proof", str(TOP / "examples/sample.tlog-proof"), status=3, shape="verify-proof")
    call("X", "verify-proof", "--trust", "SUED.card", str(TOP / "examples/sample.tlog-proof"), status=1, shape="error")
    rng, taken = random.Random(1), 0
    for _ in range(200):
        changed = bytearray(text)
        bit = rng.randrange(len(text) * 8)
        changed[bit // 8] ^= 1 << bit % 8
        pathlib.Path("changed").write_bytes(changed)
        r = subprocess.run([PROGRAM, "verify-proof", "--trust", card, "changed"], capture_output=True, check=False)
        taken += r.returncode != 1
    verdict("200 flipped bits of the sample, each refused with status 1", taken == 0, str(taken))


def documents():
    text = (TOP / "docs/cli.md").read_text(encoding="utf-8")
    table = text.split("## Exit status")[1].split("Errors go")[0]
    listed = set(re.findall(r"^\| (\d+) \|", table, re.MULTILINE))
    verdict("docs/cli.md and the schema list the same exit statuses", listed == set(SCHEMA["exit"]), str(listed))
    unlisted = {str(s) for s in seen_status} - listed
    verdict("no command ended with another status", not unlisted, str(unlisted))
    missing = set(SCHEMA["exit"]) - {str(s) for s in seen_status} - {"4"}  # 4: an old log, seen where it is stale
    verdict("each status was seen", not missing, str(missing))
    never = set(SCHEMA["commands"]) - seen_commands
    verdict("each command of the schema was run", not never, str(never))
    source = (TOP / "src/cli/commands.c").read_text(encoding="utf-8")
    untold = []
    for name, options, teaching in re.findall(
            r'\{"([a-z-]+)", cmd_\w+, N_\(".*?"\),\s*((?:"[^"]*"\s*)+),\s*N_\((.*?)\)\},', source, re.DOTALL):
        for option in "".join(re.findall(r'"([^"]*)"', options)).split():
            flag = "-o " if option == "output=" else "--" + option.rstrip("=")
            if flag not in teaching:
                untold.append(f"{name} {flag}")
    verdict("every option is taught by --help", not untold, ", ".join(untold))


def main():
    os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en")
    os.environ.pop("DETENTE_HOME", None)
    with tempfile.TemporaryDirectory(prefix="detente-json-") as name:
        room, nodes = pathlib.Path(name), {}
        os.chdir(room)
        (room / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(room / "run")
        try:
            exercise(room, nodes)
            sample()
        finally:
            for node in nodes.values():
                node.kill()
                node.wait()
            os.chdir("/")
    documents()
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


raise SystemExit(main())
