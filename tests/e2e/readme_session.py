#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""readme_session.py [PROGRAM] - replays the session that README.md shows.

The commands run in one bash, in order; each must print what stands below it, where `…` is
whatever differs each time. Exits 0 only if every line is there and no other.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
MARK = "@@end@@"


def session():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- session -->\n```console\n(.*?)```", text, re.S)
    if block is None:
        sys.exit("README.md shows no session")
    steps = []
    for line in block[1].splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def matches(expected, got):
    pattern = "\n".join(".*".join(re.escape(part) for part in line.split("…")) for line in expected)
    return re.fullmatch(pattern, "\n".join(got)) is not None


def main():
    program = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "build" / "detente").resolve()
    steps = session()
    with tempfile.TemporaryDirectory(prefix="detente-readme-") as work:
        root = pathlib.Path(work)
        (root / "tree" / "build").mkdir(parents=True)
        (root / "tree" / "build" / "detente").symlink_to(program)
        shutil.copytree(TOP / "examples", root / "tree" / "examples")
        script = ["set -m", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
        for command, _ in steps:
            script += [command, f"echo; echo '{MARK}'"]
        env = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "TMPDIR": work, "HOME": work}
        run = subprocess.run(["bash", "-c", "\n".join(script)], cwd=root / "tree", env=env, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        parts = run.stdout.split(f"\n{MARK}\n")
    passed = failed = 0
    for (command, expected), part in zip(steps, parts):
        got = [line for line in part.splitlines() if line]
        if matches([line for line in expected if line], got):
            passed += 1
        else:
            failed += 1
            print(f"$ {command}\n  expected: " + "\n            ".join(expected) +
                  "\n  got:      " + "\n            ".join(got))
    failed += len(steps) - passed - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
