#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check_docs.py - fails when a document says what is not so.

usage: tools/check_docs.py [--program build/detente] [--replay]

Links between documents and the anchors in them lead somewhere. With a program: each
`detente COMMAND` in README.md and docs/operator-guide.md is one that its help lists. No
text of the command line gives an assurance. With --replay the session in README.md is run
and its output compared; `…` there stands for anything within a line.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md"))
ASSURANCE = re.compile(r"\b(all clear|is safe|are safe|permitted|no danger)\b", re.IGNORECASE)
# A text may say that something is *not* a permission; it may not grant one.
COMMAND = re.compile(r"\bdetente((?: --(?:home|line|as|passphrase-file) \S+)*) ([a-z][a-z-]+)\b")


def without_code(text):
    """The text with code blanked out: links and words in code are not claims."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


def check_links(faults):
    for document in DOCUMENTS:
        text = without_code(document.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (document.parent / name).resolve() if name else document
            if not path.exists():
                faults.append(f"{document.name}: {target} leads nowhere")
            elif anchor and path.suffix == ".md" and anchor not in anchors(path):
                faults.append(f"{document.name}: no heading for {target}")


def in_code(text):
    """Command lines: fenced and indented blocks, and code within sentences."""
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    fenced = ["\n".join(line for line in block.splitlines() if line.startswith("$ "))
              if "\n$ " in "\n" + block else block for block in fenced]
    indented = re.findall(r"^    (.*)$", text, re.MULTILINE)
    return "\n".join(fenced + indented + re.findall(r"`([^`\n]+)`", text))


def check_commands(program, faults):
    listing = subprocess.run([program, "--help"], capture_output=True, text=True, check=False,
                             env={"LC_ALL": "C"}).stdout
    known = set(re.findall(r"^  ([a-z][a-z-]+) +\S", listing, re.MULTILINE)) | {"help"}
    for name in ("README.md", "docs/operator-guide.md", "docs/operator-guide.fr.md"):
        path = ROOT / name
        if path.exists():
            for _, command in COMMAND.findall(in_code(path.read_text(encoding="utf-8"))):
                if command not in known:
                    faults.append(f"{name}: detente {command} is no command")


def check_words(faults):
    for path in sorted((ROOT / "src" / "cli").glob("*.[ch]")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                found = ASSURANCE.search(text)
                if found:
                    faults.append(f"src/cli/{path.name}:{number}: \"{found[0]}\" is an assurance")


def check_receipts(faults):
    """docs/receipts.md names each stage of stage.c and says what a case says, in both languages."""
    stages = (ROOT / "src/view/stage.c").read_text(encoding="utf-8")
    names = re.findall(r'"([a-z-]+)"', re.search(r"names\[DT_STAGE_LEVELS\] = \{(.*?)\}", stages, re.DOTALL)[1])
    worth = (ROOT / "src/cli/cmd_case.c").read_text(encoding="utf-8").split("static const char *says")[0]
    sentences = re.findall(r'N_\("(.*?)"\)', worth)
    french = dict(re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', (ROOT / "po/fr.po").read_text(encoding="utf-8"), re.MULTILINE))
    for name, wanted in (("docs/receipts.md", sentences), ("docs/receipts.fr.md", [french.get(s, s) for s in sentences])):
        text = (ROOT / name).read_text(encoding="utf-8")
        faults += [f"{name}: stage {n} is missing" for n in names if n != "none" and f"| *{n}*" not in text]
        faults += [f"{name}: verify-proof says \"{s}\"" for s in wanted if s not in text]
    if len(names) < 7 or len(sentences) < 9:
        faults.append("check_docs.py: stages or sentences are not where they were")


def session():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- session -->\n```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    steps = []
    for line in block[1].splitlines() if block else []:
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def fits(expected, line):
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), line) is not None


def replay(program, faults):
    """All commands in one bash; a mark after each tells their output apart."""
    steps = session()
    mark = "-- step done --"
    folder = pathlib.Path(program).resolve().parent
    script = "exec 2>&1\nexport LC_ALL=C\n" + "".join(
        f"{command}\necho '{mark}'\n" for command, _ in steps)
    script = script.replace("PATH=$PWD/build:", f"PATH='{folder}':") + "wait\n"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, check=False, stdin=subprocess.DEVNULL)
    outputs = done.stdout.split(mark + "\n")
    for (command, expected), output in zip(steps, outputs):
        lines = output.splitlines()
        if len(lines) != len(expected) or not all(map(fits, expected, lines)):
            faults.append(f"README.md: $ {command}\n  expected: {expected}\n  came:     {lines}")
    if not steps or len(outputs) != len(steps) + 1:
        faults.append(f"README.md: the session has {len(steps)} steps, {len(outputs) - 1} ran")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(ROOT / "build" / "detente"))
    parser.add_argument("--replay", action="store_true")
    options = parser.parse_args()
    faults = []
    check_links(faults)
    check_words(faults)
    check_receipts(faults)
    there = pathlib.Path(options.program).exists()
    if there:
        check_commands(options.program, faults)
    if options.replay:
        replay(options.program, faults)
    for fault in faults:
        print(fault)
    print(f"docs: {len(DOCUMENTS)} files, {len(faults)} faults"
          + ("" if there else "; no program: commands not checked"))
    return 1 if faults else 0


sys.exit(main())
