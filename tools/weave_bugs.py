#!/usr/bin/env python3
"""Copies src/ with the simulator's bugs woven in: the program itself holds none of their switches.

Usage: weave_bugs.py SOURCE PATCH FOLDER. Files whose text stays the same are not touched, so that a second build has
nothing to do. A hunk that does not fit any more is an error that names it: mend tests/simulation/bugs.patch.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def sync(made: pathlib.Path, kept: pathlib.Path) -> None:
    wanted = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for path in list(kept.rglob("*")):
        if path.is_file() and path.relative_to(kept) not in wanted:
            path.unlink()
    for name in wanted:
        text = (made / name).read_bytes()
        target = kept / name
        if target.is_file() and target.read_bytes() == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)


def switches(texts) -> int:
    return sum(text.count("injected(Bug::") for text in texts)


def main() -> int:
    source, patch, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(source, pathlib.Path(scratch) / "src")
        done = subprocess.run(
            ["patch", "-p1", "--fuzz=2", "--no-backup-if-mismatch", "-d", scratch, "-i", str(patch)],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="", file=sys.stderr)
            print(f"{patch.name} does not fit the source any more", file=sys.stderr)
            return 1
        if switches(path.read_text() for path in (pathlib.Path(scratch) / "src").rglob("*.[ch]pp")) != switches(
                line for line in patch.read_text().splitlines() if line.startswith("+")):
            # `patch` leaves out what follows a hunk whose lines are counted wrong, and says nothing.
            print(f"{patch.name}: not all of its bugs are in the source; are the lines of each hunk counted right?",
                  file=sys.stderr)
            return 1
        shutil.copy(patch.with_name("injected.hpp"), pathlib.Path(scratch) / "src" / "base")
        sync(pathlib.Path(scratch) / "src", folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
