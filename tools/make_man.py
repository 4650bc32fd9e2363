#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""make_man.py PROGRAM PAGE.scd - the manual page with what the program itself teaches.

Writes the page to standard output; the line @COMMANDS@ becomes one section a command with
its own --help, so that no command or option is missing from the page.
"""
import os
import re
import subprocess
import sys


def help_of(program, *words):
    env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="en")
    return subprocess.run([program, *words, "--help"], env=env, check=True, text=True,
                          encoding="utf-8", stdout=subprocess.PIPE).stdout


def main(program, page):
    commands = re.findall(r"^  ([a-z-]+) +(\S.*)$", help_of(program).split("\nCommands:\n")[1],
                          re.MULTILINE)
    out = []
    for name, summary in commands:
        text = help_of(program, name).split("\nEverywhere:")[0].strip()
        out += [f"## {name}", "", summary[0].upper() + summary[1:] + ".", "", "```", text, "```", ""]
    with open(page, encoding="utf-8") as f:
        sys.stdout.write(f.read().replace("@COMMANDS@\n", "\n".join(out)))


main(sys.argv[1], sys.argv[2])
