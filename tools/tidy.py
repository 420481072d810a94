#!/usr/bin/env python3
"""Checks of the repository's own text, for what no compiler looks at.

Each rule says what to do instead. The list is short on purpose: only what was got wrong before, or what would be
costly to find later.
"""
import pathlib
import re
import subprocess
import sys

LONGEST_FILE = 650
LONGEST_TEST = 800  # a table of cases is long without being more than one thing
BANNED = [
    # (pattern, files it is banned in, what to do)
    (r"\bassert\(", r"src/.*\.[ch]pp$", "use AG_ASSERT, which stays on in release builds"),
    (r"\bstd::(cout|cerr)\b", r"src/.*\.[ch]pp$", "use fmt::print or server/log.hpp"),
    (r"\bstd::(stoi|stol|stoll|atoi|strtol)\b", r"src/(?!.*(_test|raw_client)).*\.[ch]pp$", "use std::from_chars, which cannot throw or ignore rubbish"),
    (r"\b(sleep_for|sleep_until)\b", r"src/(?!.*_test).*\.[ch]pp$", "wait for something, with a deadline"),
    (r"\bdetach\(\)", r"src/.*\.[ch]pp$", "threads are joined"),
    (r"\b(TODO|FIXME|XXX)\b", r"(src|tests|tools|bench)/.*$", "do it, or open an issue"),
    (r"\bthrow\b(?! Refusal)", r"src/(?!.*_test|server/socket).*\.[ch]pp$", "return an Error: no exception crosses a room"),
    (r"#include <boost/(asio|beast)\.hpp>", r".*\.[ch]pp$", "include only the parts that are used"),
]


def main():
    files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    problems = []
    for name in files:
        path = pathlib.Path(name)
        if not path.is_file() or path.suffix in {".png", ".svg", ".json", ".gz"} or name.startswith("tests/fuzz/seeds/"):
            continue
        text = path.read_text(errors="replace")
        lines = text.split("\n")
        if path.suffix in {".cpp", ".hpp"}:
            if len(lines) > (LONGEST_TEST if path.stem.endswith("_test") else LONGEST_FILE):
                problems.append(f"{name}: {len(lines)} lines: is it really one thing?")
            if path.suffix == ".hpp" and "#pragma once" not in text:
                problems.append(f"{name}: #pragma once is missing")
        if text and not text.endswith("\n"):
            problems.append(f"{name}: the last line has no end")
        for number, line in enumerate(lines, 1):
            if line != line.rstrip() and path.suffix != ".md":
                problems.append(f"{name}:{number}: white space at the end")
            code = line.split("//")[0] if path.suffix in {".cpp", ".hpp"} else line
            for pattern, where, instead in BANNED:
                if re.match(where, name) and re.search(pattern, code) and name != "tools/tidy.py":
                    problems.append(f"{name}:{number}: {re.search(pattern, code).group(0)}: {instead}")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
