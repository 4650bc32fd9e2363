#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""papers.py - what leaves the program for other systems and for paper: exports, sheets, and
what comes back.

Two nodes of an exercise line; the exports are held against RFC 7946's rules, the published
base schema of Cursor-on-Target (DT_COT_SCHEMA, skipped where it is not) and the notices
themselves; pages are read back as text.
usage: DETENTE=build/detente tests/e2e/papers.py        (last line `N passed, N failed`)
"""
import datetime
import json
import os
import pathlib
import re
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(pathlib.Path(os.environ.get("DETENTE", TOP / "build/detente")).resolve())
SCHEMA = pathlib.Path(os.environ.get("DT_COT_SCHEMA", TOP.parent / "shared/vectors/cot/cot-base-event.xsd"))
DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
passed = failed = 0


def verdict(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print("PASS" if good else "FAIL", what, "" if good else detail)


def run(home, *words, status=0, secret=None):
    if secret:
        pathlib.Path("secret").write_text(secret, encoding="utf-8")
        words += ("--passphrase-file", "secret")
    r = subprocess.run([PROGRAM, *words, "--home", home], capture_output=True, text=True, timeout=60, check=False)
    if r.returncode != status:
        verdict(f"{home}: {' '.join(words)}", False, f"status {r.returncode}: {r.stdout[:300]}{r.stderr[:300]}")
    return r.stdout


def until(what, test):
    for _ in range(300):
        value = test()
        if value:
            return value
        time.sleep(0.1)
    verdict(what, False, "never")
    return None


def notice(home, name, geometry, *words, **properties):
    p = {"category": "MOVEMENT", "request": "AVOID_WINDOW", "title": name, "start": f"{DAY}T08:00:00Z",
         "end": f"{DAY}T12:00:00Z", "text": "twelve trucks & an ambulance", "lang": "en", **properties}
    pathlib.Path(name).write_text(json.dumps({"type": "Feature", "geometry": geometry, "properties": p}))
    return json.loads(run(home, "--json", "notice", "add", name, *words))["items"][0]["id"]


def two_nodes(nodes):
    port = int(os.environ.get("DT_TEST_PORTS") or random.randrange(20000, 40000))
    for i, p in enumerate(("NORD", "SUED", "MEDI")):
        run(p, "init", p, f"Party {p}", secret="root key one\n\n")
        run(p, "operator", "add", "Watch officer", secret="root key one\nofficer on watch\n")
        run(p, "operator", "unlock", "1", secret="officer on watch\n")
        run(p, "card", "--endpoint", f"udp:127.0.0.1:{port + i}", secret="root key one\n")
        run(p, "card", "export", "-o", f"{p}.card")
        nodes[p] = subprocess.Popen([PROGRAM, "node", "--listen", f"udp:127.0.0.1:{port + i}", "--home", p],
                                    stderr=open(f"{p}.log", "w", encoding="utf-8"))
        until("a node", lambda home=p: "our node up" in run_any(home, "status"))
    for p in nodes:
        for q in nodes:
            if p != q:
                run(p, "pair", f"{q}.card")
    run("NORD", "line", "create", "--title", "River", "--class", "exercise", "--member", "SUED.card", "--member",
        "MEDI.card", "--force", "SUED=Air Component", "-o", "river.charter", secret="root key one\n")
    for p in ("SUED", "MEDI"):
        run(p, "line", "accept", "river.charter", "--yes", secret="root key one\n")
    for p in nodes:
        until("all logs", lambda home=p: run_any(home, "status").count(": 2 records") == 3)


def run_any(home, *words):
    return subprocess.run([PROGRAM, *words, "--home", home], capture_output=True, text=True, check=False).stdout


def export(home, *words):
    return json.loads(run(home, "export", "--format", "geojson", *words))


def closed(ring):
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))
    return ring[0] == ring[-1] and area > 0  # outer rings go against the clock


def all_stages(name):
    return json.loads(run("NORD", "--json", "show", name))["stages"]


def geojson(ids):
    value = export("NORD")
    about, features = value["detente"], {f["id"]: f for f in value["features"]}
    verdict("three notices, four volumes, all readable", about["count"] == 3 and about["not_readable"] == 0
            and sorted(features) == sorted([ids["post"] + "/1", ids["road"] + "/1", ids["two"] + "/1", ids["two"] + "/2"]),
            str(sorted(features)))
    verdict("it says until when, what it loses, which line, exercise",
            about["no_longer_current_after"] > about["written"] and len(about["loses"]) >= 4
            and about["class"] == "EXERCISE" and all(f["properties"]["class"] == "EXERCISE" for f in features.values()))
    post = features[ids["post"] + "/1"]
    ring = post["geometry"]["coordinates"][0]
    verdict("a circle is a closed ring of 64 corners around it", len(ring) == 65 and closed(ring)
            and post["properties"]["radius_m"] == 300 and post["properties"]["centre"] == [37.1, 36.2])
    road = features[ids["road"] + "/1"]
    verdict("a corridor keeps its line and width", road["geometry"]["type"] == "LineString"
            and 400 < road["properties"]["width_m"] < 401.1 # and what the drawn edges stray
            and road["properties"]["exact"] is True)
    run("SUED", "ack", ids["post"])
    until("the acknowledgement", lambda: any(f["properties"]["acknowledged_by"] == ["SUED"]
                                             for f in export("NORD")["features"]))
    run("SUED", "passed-on", ids["post"], "--force", "Air Component", "--units", "3/4")
    run("SUED", "position", ids["post"], "no-objection")
    until("the position", lambda: all_stages(ids["post"])[0]["position"])
    verdict("an export has the stages that show has, each for itself", [f["properties"]["stages"] for f in export("NORD")["features"]
            if f["id"] == ids["post"] + "/1"] == [all_stages(ids["post"])]
            and all_stages(ids["post"])[0]["passed_on"][0]["n"] == 3
            and all_stages(ids["post"])[0]["passed_on"][0]["claim"] is True)
    verdict("what was passed on is said to be what they say", "units 3 of" in run("NORD", "show", ids["post"])
            and ", they say  20" in run("NORD", "show", ids["post"]))
    coarse = export("MEDI")
    kinds = [f["properties"]["shape"] for f in coarse["features"]]
    verdict("whoever cannot open a shape gets cells, and no word of it", kinds == ["cells"] * 3
            and coarse["detente"]["not_readable"] == 3 and "trucks" not in json.dumps(coarse)
            and all(closed(p[0]) for f in coarse["features"] for p in f["geometry"]["coordinates"]), str(kinds))


def events(text):
    root = xml.etree.ElementTree.fromstring(text)
    return root, list(root)


def cot(ids):
    run("NORD", "export", "--format", "cot", "--to", "map.cot")
    root, found = events(pathlib.Path("map.cot").read_text(encoding="utf-8"))
    by = {e.get("uid").split(".", 2)[2]: e for e in found}
    verdict("an event a volume, with count and end", len(found) == 4 and root.get("count") == "3"
            and ids["post"] + "/1" in by and all(e.get("stale") == root.get("no_longer_current_after") for e in found))
    verdict("each is marked as exercise", all(e.get("opex") == "e-EXERCISE" for e in found)
            and all(e.find("detail/contact").get("callsign").startswith("EXERCISE") for e in found))
    post = by[ids["post"] + "/1"]
    verdict("the circle's ellipse and point", post.find("detail/shape/ellipse").get("major") == "300.000"
            and abs(float(post.find("point").get("lat")) - 36.2) < 1e-7 and float(post.find("point").get("ce")) >= 300)
    verdict("words are escaped and whole", "twelve trucks & an ambulance" in post.find("detail/remarks").text
            and "not a permission" in post.find("detail/remarks").text)
    verdict("a corridor says its width", re.search("40[012] m wide", by[ids["road"] + "/1"].find("detail/remarks").text) is not None)
    verdict("each says what is lost", all(len(e.findall("detail/__detente/loses")) >= 4 for e in found))
    verdict("each says how old what we know of the others is", all(
        [k.get("member") for k in e.findall("detail/__detente/knowledge")] == ["SUED", "MEDI"]
        and all(int(k.get("age")) >= 0 and k.get("seen") and k.get("stale") == "false"
                for k in e.findall("detail/__detente/knowledge")) for e in found),
            xml.etree.ElementTree.tostring(found[0], encoding="unicode"))
    told = post.findall("detail/__detente/stage/passed_on")
    verdict("what was passed on is marked as a claim", [t.get("claim") for t in told] == ["true"] and told[0].get("n") == "3")
    lines = run("NORD", "export", "--format", "cot").splitlines()
    verdict("a stream has one whole event a line", len(lines) == 4
            and all(xml.etree.ElementTree.fromstring(x).tag == "event" for x in lines))
    run("MEDI", "export", "--format", "cot", "--to", "coarse.cot")
    if SCHEMA.exists() and shutil.which("xmllint"):
        for i, e in enumerate(found + events(pathlib.Path("coarse.cot").read_text(encoding="utf-8"))[1]):
            pathlib.Path(f"e{i}.xml").write_bytes(xml.etree.ElementTree.tostring(e))
            r = subprocess.run(["xmllint", "--noout", "--schema", str(SCHEMA), f"e{i}.xml"], capture_output=True, check=False)
            verdict(f"event {i} is valid against the base schema", r.returncode == 0, r.stderr.decode()[:300])
    else:
        print(f"SKIP events against the base schema: no {SCHEMA} or no xmllint")


def checked(path):
    """What `notice check` says against a file; "" if it was read."""
    r = subprocess.run([PROGRAM, "notice", "check", path, "--far-away", "--home", "NORD"], capture_output=True, text=True,
                       timeout=60, check=False)
    return "" if r.returncode in (0, 4, 5) else r.stderr or str(r.returncode)


def others(ids):
    """KML, GPX, CSV, NOTAM and coordinates: what is there, and what of it is read again."""
    for name in ("geojson", "kml", "gpx", "csv", "notam", "coordinates"):
        r = subprocess.run([PROGRAM, "export", "--format", name, "--to", f"map.{name}", "--home", "NORD"],
                           capture_output=True, text=True, timeout=60, check=False)
        text = pathlib.Path(f"map.{name}").read_text(encoding="utf-8")
        said = r.stderr.count(f"{name} loses: ") >= 5 or "loses" in text
        verdict(f"{name}: written, and says what it loses", r.returncode == 0 and said, r.stderr[:300])
    for name in ("geojson", "kml", "csv"):
        verdict(f"our own {name} is read again", checked(f"map.{name}") == "", checked(f"map.{name}"))
    kml = xml.etree.ElementTree.parse("map.kml").getroot()
    ns = "{http://www.opengis.net/kml/2.2}"
    marks = {m.find(f"{ns}ExtendedData/{ns}Data[@name='id']/{ns}value").text: m for m in kml.iter(f"{ns}Placemark")}
    order = [e.tag.replace(ns, "") for e in marks[ids["road"] + "/1"]]
    verdict("KML: a Placemark a volume, its parts in the schema's order", len(marks) == 4
            and order == ["name", "description", "TimeSpan", "ExtendedData", "LineString"], str(order))
    verdict("KML: words are whole", "twelve trucks & an ambulance" in marks[ids["post"] + "/1"].find(f"{ns}description").text)
    gpx = xml.etree.ElementTree.parse("map.gpx").getroot()
    kinds = [e.tag.split("}")[1] for e in gpx]
    verdict("GPX: circles, routes, areas, in the schema's order", kinds == ["metadata", "wpt", "rte", "trk", "trk"], str(kinds))
    rows = pathlib.Path("map.csv").read_text(encoding="utf-8").splitlines()
    verdict("CSV: a row a volume", len(rows) == 5)
    drafts = pathlib.Path("map.notam").read_text(encoding="utf-8").split("\n\n")
    pathlib.Path("one.notam").write_text(drafts[0] + "\n", encoding="utf-8")
    verdict("NOTAM: a draft a volume, marked as exercise", len(drafts) == 5 and all("E) EXERCISE" in d for d in drafts[:4]))
    r = subprocess.run([PROGRAM, "notice", "check", "one.notam", "--category", "STATIC", "--request", "INFORM_ONLY", "--home",
                        "NORD"], capture_output=True, text=True, timeout=60, check=False)
    verdict("a draft is read again", r.returncode in (0, 4, 5), r.stderr)
    r = subprocess.run([PROGRAM, "export", "--format", "kml", "--follow", "--home", "NORD"], capture_output=True, text=True,
                       timeout=60, check=False)
    verdict("whole documents are not followed into a stream", r.returncode == 2 and "--to FILE" in r.stderr)


def page_text(path):
    r = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=False)
    return " ".join(r.stdout.split()), r.stdout.count("\f")


def sheets(ids):
    """The page in each form; no tier says more than its name."""
    said = {}
    for tier in ("existence", "cell", "shape", "exact"):
        said[tier] = run("NORD", "notice", "sheet", ids["post"], "--tier", tier, "-o", "-")
    places = ("36.2000000N 037.1000000E",)
    verdict("every tier: id as spoken, what is asked, both languages, who may read it", all(
        ids["post"] in t and "November Oscar Romeo Delta point One dash" in t and "no-strike list" in t
        and "liste de non-frappe" in t and "NORD, SUED can open" in t and "EXERCISE EXERCISE EXERCISE" in t
        for t in said.values()))
    verdict("exact: words, place to the metre, in decimal and MGRS", "twelve trucks & an ambulance" in said["exact"]
            and places[0] in said["exact"] and "MGRS 37S" in said["exact"] and "rayon 300 m" in said["exact"])
    words = [w for w in ("twelve trucks", "post\n", "radius") if w in said["existence"] + said["cell"]]
    verdict("below shape neither words nor shape", not words and "MGRS" not in said["existence"]
            and "Title" not in said["shape"] and "twelve" not in said["shape"], str(words))
    verdict("existence: no time, cell: its time", f"{DAY} 08:00Z" not in said["existence"] and f"{DAY} 08:00Z" in said["cell"]
            and "36.1000000N 037.0000000E" in said["cell"])
    verdict("shape: rounded, and grown to hold the true one", "rayon 400 m" in said["shape"])
    for form in ("pdf", "svg", "png"):
        run("NORD", "notice", "sheet", ids["two"], "--tier", "exact", "-o", f"sheet.{form}")
    verdict("svg and png are what they are called", pathlib.Path("sheet.svg").read_bytes()[:5] == b"<?xml"
            and pathlib.Path("sheet.png").read_bytes()[1:4] == b"PNG")
    if shutil.which("pdftotext"):
        text, pages = page_text("sheet.pdf")
        verdict("the PDF is one page with text: id, asked, places, slip", pages == 1 and ids["two"] in text
                and "INFORM_ONLY" in text and "36.1000000N 037.3000000E" in text and "RETURN SLIP / TALON-RÉPONSE" in text
                and "not a permission" in text and "Passed on to / Transmis" in text, text[:400])
    else:
        print("SKIP the PDF read back: no pdftotext")
    ring = [[37.3 + 0.001 * i, 36.1 + 0.0001 * i * i] for i in range(60)]
    many = notice("NORD", "many", {"type": "LineString", "coordinates": ring}, width_m=100, text="word " * 1500)
    run("NORD", "notice", "sheet", many, "--tier", "exact", "-o", "many.pdf")
    if shutil.which("pdftotext"):
        text, pages = page_text("many.pdf")
        verdict("much is still one page, and says what is not on it", pages == 1 and "44 more positions are NOT" in text
                and "RETURN SLIP" in text and "Who may read it" in text and "THERE IS MORE" in text, text[-300:])
    run("NORD", "notice", "cancel", many)
    run("MEDI", "notice", "sheet", ids["post"], "--tier", "exact", "-o", "none.pdf", status=1)
    run("MEDI", "notice", "sheet", ids["post"], "-o", "cells.pdf")
    verdict("who cannot read the shape prints no shape", not pathlib.Path("none.pdf").exists()
            and pathlib.Path("cells.pdf").exists())


def in_tiers():
    """A page of it claims no more than each was given; NORD's node has gone by then."""
    told = notice("SUED", "told", {"type": "Point", "coordinates": [37.4, 36.4]}, "--tier", "NORD=cell,MEDI=existence",
                  radius_m=200)
    page = run("SUED", "notice", "sheet", told, "--tier", "existence", "-o", "-")
    verdict("a page of what is told in tiers does not say that all can open it", "can open the whole" not in page
            and "l'ouvrir en entier" not in page and "each as much as he was given" in page, page[-600:])


def late():
    """A delay, and OVERDUE, wherever somebody else reads the end of a notice."""
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp = lambda s: (now + datetime.timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = notice("NORD", "kept", {"type": "Point", "coordinates": [38.1, 36.6]}, "--to", "SUED", radius_m=200)
    run("NORD", "notice", "delay", kept, "--end", f"{DAY}T11:00:00Z", status=2)  # not later: refused
    run("NORD", "notice", "delay", kept, "--end", f"{DAY}T14:30:00Z")
    run("NORD", "notice", "delay", kept, "--end", f"{DAY}T14:00:00Z", status=2)
    convoy = notice("NORD", "convoy", {"type": "LineString", "coordinates": [[38.3, 36.6], [38.31, 36.61]]}, "--past", "--to",
                    "SUED", width_m=100, category="MOVEMENT", start=stamp(-7200), end=stamp(-3600))
    until("the overdue convoy", lambda: json.loads(run("NORD", "--json", "show", convoy)).get("life") == "overdue")
    listed = {line.split()[0]: line for line in run("NORD", "notice", "list").splitlines() if line.startswith("NORD")}
    verdict("list: delayed to, and OVERDUE", f"{DAY} 14:30" in listed[kept] and "delayed" in listed[kept]
            and "OVERDUE" in listed[convoy], str(listed))
    verdict("show: delayed to, and OVERDUE", "(delayed to this)" in run("NORD", "show", kept) and "OVERDUE" in run("NORD", "show", convoy))
    found = {f["id"]: f["properties"] for f in export("NORD")["features"]}
    verdict("GeoJSON: the delayed end, and none while overdue", found[kept + "/1"]["until_time"] == f"{DAY}T14:30:00Z"
            == found[kept + "/1"]["end"] and found[convoy + "/1"]["until_time"] is None and found[convoy + "/1"]["end"] is None,
            str([found[kept + "/1"]["until_time"], found[convoy + "/1"]["until_time"]]))
    text = {}
    for name in ("kml", "csv", "notam", "coordinates"):
        run("NORD", "export", "--format", name, "--to", f"late.{name}")
        text[name] = pathlib.Path(f"late.{name}").read_text(encoding="utf-8")
    part = lambda name, cut, at: next(p for p in text[name].split(cut) if at in p)
    verdict("CSV: the same", f"{DAY}T14:30:00" in part("csv", "\r\n", kept)
            and stamp(-3600)[:16] not in part("csv", "\r\n", convoy), text["csv"])
    verdict("KML: the same", f"<end>{DAY}T14:30:00" in part("kml", "<Placemark>", kept)
            and "<end>" not in part("kml", "<Placemark>", convoy) and "OVERDUE" in part("kml", "<Placemark>", convoy), text["kml"])
    verdict("NOTAM: the same", "C) " + DAY[2:].replace("-", "") + "1430" in part("notam", "\n\n", kept)
            and "OVERDUE" in part("notam", "\n\n", convoy) and " EST" in part("notam", "\n\n", convoy), text["notam"])
    verdict("coordinates: the same", f"to {DAY}T14:30" in text["coordinates"] and "to OVERDUE" in text["coordinates"])
    pages = [run("NORD", "notice", "sheet", i, "--tier", "exact", "-o", "-") for i in (kept, convoy)]
    verdict("the sheet: the same", pages[0].count(f"{DAY} 14:30Z") >= 1 and "DELAYED / RETARDÉ" in pages[0]
            and "OVERDUE / EN RETARD" in pages[1], pages[0] + pages[1])
    run("NORD", "notice", "arrived", convoy)
    gone = run("NORD", "notice", "cancel", kept).split()[0]
    until("SUED has the cancellation", lambda: gone in run_any("SUED", "log", "--limit", "1000"))
    run("SUED", "ack", gone)
    until("MEDI has the cancellation", lambda: gone in run_any("MEDI", "log", "--limit", "1000"))
    run("MEDI", "ack", gone)
    until("neither counts any more", lambda: len(export("NORD")["features"]) == 4)


def returned(ids):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    run("NORD", "notice", "returned", ids["post"], "--by", "Gate 7", "--at", now, "--words", "will be told")
    run("NORD", "notice", "returned", ids["post"], "--by", "Gate 7", "--at", now, "--member", "MEDI", status=1)  # not for them
    head = "id,by,at,what,member,words\r\n"
    row = f'{ids["road"]},"Post 3, east",{now},refused,SUED,"said ""no"""\r\n'
    for name, text in (("bad.csv", head + row + row.replace("refused", "maybe")), ("semi.csv", head.replace(",", ";") + row),
                       ("quote.csv", head + row.replace('"Post', 'x"Post')), ("empty.csv", "")):
        pathlib.Path(name).write_text(text, encoding="utf-8")
        run("NORD", "notice", "returned", name, status=2 if name == "bad.csv" else 1)
    before = json.loads(run("NORD", "--json", "log", "--limit", "1000"))["items"]
    verdict("of a file with one bad row nothing is taken", sum(i["kind"] == "REPORTED" for i in before) == 1)
    pathlib.Path("good.csv").write_text(head + row, encoding="utf-8")
    run("NORD", "notice", "returned", "good.csv")
    items = [i for i in json.loads(run("NORD", "--json", "log", "--limit", "1000"))["items"] if i["kind"] == "REPORTED"]
    verdict("paper and file are told apart, with who, what and when",
            [(i["means"], i["reported"], i["who"]) for i in items] ==
            [("paper", "acknowledged", "Gate 7"), ("file", "refused", "Post 3, east")], str(items)[:500])
    stage = [s for s in json.loads(run("NORD", "--json", "show", ids["road"]))["stages"] if s["code"] == "SUED"][0]
    verdict("a report reaches no stage", stage["acknowledged"] is None and not stage["claimed"] and stage["position"] is None)


def follow(nodes, ids):
    """A file that follows, a stream that follows; then the node goes away."""
    for p in ("SUED", "MEDI"):  # told to both: it counts until both know
        until("the cancelled notice", lambda home=p: run(home, "ack", [i["id"] for i in json.loads(
            run(home, "--json", "log", "--limit", "1000"))["items"] if i["kind"] == "NOTICE_STATE"][-1]))
    until("four volumes again", lambda: len(export("NORD")["features"]) == 4)
    file = subprocess.Popen([PROGRAM, "export", "--follow", "--format", "geojson", "--to", "live.json", "--home", "NORD"],
                            stderr=subprocess.DEVNULL)
    stream = subprocess.Popen([PROGRAM, "export", "--follow", "--format", "cot", "--home", "NORD"],
                              stdout=open("stream.cot", "w", encoding="utf-8"), stderr=subprocess.DEVNULL)
    live = pathlib.Path("live.json")
    until("the file", live.exists)
    until("the stream", lambda: pathlib.Path("stream.cot").read_text(encoding="utf-8").count("<event ") == 4)
    end = run("NORD", "notice", "end", ids["post"]).split()[0]
    for p in ("SUED", "MEDI"):
        until(f"{p} has the end", lambda home=p: end in run_any(home, "log", "--limit", "1000"))
        run(p, "ack", end)
    until("the notice is gone from the file", lambda: json.loads(live.read_text())["detente"]["count"] == 2)
    verdict("a file that is read at any time is whole", not list(pathlib.Path(".").glob("live.json.*")))

    def over():
        found = [xml.etree.ElementTree.fromstring(x) for x in
                 pathlib.Path("stream.cot").read_text(encoding="utf-8").splitlines(True) if x.endswith("\n")]
        mine = [e for e in found if ids["post"] in e.get("uid")]
        return mine[-1].get("stale") == mine[-1].get("time")
    verdict("in the stream its last event is over", until("the end in the stream", over))
    nodes["NORD"].send_signal(signal.SIGTERM)
    nodes["NORD"].wait(30)
    before = live.read_bytes()
    time.sleep(3)
    verdict("without a node nothing is written, and the followers wait", live.read_bytes() == before
            and file.poll() is None and stream.poll() is None)
    for p in (file, stream):
        p.terminate()
        p.wait(30)


def main():
    os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en")
    os.environ.pop("DETENTE_HOME", None)
    nodes = {}
    with tempfile.TemporaryDirectory(prefix="detente-papers-") as name:
        os.chdir(name)
        pathlib.Path("run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(pathlib.Path(name) / "run")
        try:
            two_nodes(nodes)
            square = [[[37.3, 36.1], [37.4, 36.1], [37.4, 36.2], [37.3, 36.2], [37.3, 36.1]]]
            other = [[[[37.5, 36.1], [37.6, 36.1], [37.6, 36.2], [37.5, 36.1]]], square]
            ids = {"post": notice("NORD", "post", {"type": "Point", "coordinates": [37.1, 36.2]}, "--to", "SUED",
                                  radius_m=300, category="STATIC", request="ADD_TO_NO_STRIKE"),
                   "road": notice("NORD", "road", {"type": "LineString", "coordinates": [[37.0, 36.0], [37.2, 36.1]]},
                                  "--to", "SUED", width_m=400),
                   "two": notice("SUED", "two", {"type": "MultiPolygon", "coordinates": other}, "--to", "NORD",
                                 category="HAZARD", request="INFORM_ONLY")}
            for p in nodes:
                until("all notices", lambda home=p: run_any(home, "notice", "list").count("\n") == 3)
            geojson(ids)
            cot(ids)
            others(ids)
            late()
            sheets(ids)
            returned(ids)
            follow(nodes, ids)
            in_tiers()
        finally:
            for node in nodes.values():
                node.kill()
                node.wait()
            os.chdir("/")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


sys.exit(main())
