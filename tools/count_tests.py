#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""count_tests.py JUNIT... - prints `passed failed skipped` over Meson's JUnit reports.

Each subtest of a TAP program counts; a program that stops before its end has failed
once more, because Meson reports it as an error of its own.
"""
import sys
import xml.etree.ElementTree as ET


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        for suite in ET.parse(path).getroot().iter("testsuite"):
            cases = list(suite.iter("testcase"))
            bad = sum(c.find("failure") is not None or c.find("error") is not None for c in cases)
            dry = sum(c.find("skipped") is not None for c in cases)
            # A suite that counts more failures than its cases show died on the way.
            told = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            passed += len(cases) - bad - dry
            failed += max(bad, told)
            skipped += dry
    print(passed, failed, skipped)


main(sys.argv[1:])
