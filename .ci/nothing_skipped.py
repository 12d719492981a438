"""Fail when a test was skipped, or when no browser test ran: `python nothing_skipped.py REPORT` (JUnit XML)."""

import sys
from xml.etree import ElementTree


def main(report: str) -> int:
    """Return 1 and name the tests that did not run."""
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314  (pytest has just written it)
    skipped = [f"{case.get('classname')}::{case.get('name')}" for case in cases if case.find("skipped") is not None]
    browser = [case for case in cases if str(case.get("classname")).startswith("tests.browser")]
    for name in skipped:
        print(f"skipped: {name}")  # noqa: T201
    if not browser:
        print("no browser test ran")  # noqa: T201
    return 1 if skipped or not browser else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
