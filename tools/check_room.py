#!/usr/bin/env python3
"""Fails the build when a room includes what it may not, or when a pure room reaches the outside world.

Two checks: every include line of the room's sources, and, for pure rooms, the undefined symbols of the
built library (a clock read through an inline function of a header shows up there, and nowhere else).
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOMS = ["base", "iam", "access", "ledger", "aws", "control", "sandbox", "server", "cli"]

PURE_BANNED_HEADERS = {
    "chrono": "time comes in as an Instant", "ctime": "time comes in as an Instant",
    "thread": "pure code has no threads", "mutex": "pure code has no threads",
    "atomic": "pure code has no threads", "condition_variable": "pure code has no threads",
    "future": "pure code has no threads", "shared_mutex": "pure code has no threads",
    "random": "ids and entropy come in with the input", "fstream": "no files here",
    "filesystem": "no files here", "iostream": "no streams here", "cstdio": "no files here",
    "sys/socket.h": "no sockets here", "curl/curl.h": "no sockets here",
    "sqlite3.h": "no database here", "spdlog/spdlog.h": "no logging here",
}
PURE_BANNED_SYMBOLS = re.compile(
    r"^(clock_gettime|gettimeofday|time|clock|nanosleep|pthread_create|socket|connect|bind|listen|accept4?|"
    r"open|open64|openat|fopen|fopen64|getrandom|rand|random|srand|getenv|system|fork|RAND_bytes|"
    r"curl_\w+|sqlite3_\w+|_ZNSt6chrono.*|_ZNSt13random_device.*|_ZNSt6thread.*)$")
ASIO = re.compile(r'#include\s+<boost/(asio|beast)')


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--room", required=True)
    parser.add_argument("--pure", action="store_true")
    parser.add_argument("--deps", default="")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--library", type=pathlib.Path)
    args = parser.parse_args()
    allowed = set(filter(None, args.deps.split(";"))) | {args.room}
    problems = []

    for path in sorted(args.source.rglob("*.[ch]pp")):
        is_test = path.stem.endswith("_test")
        for number, quote, name in includes(path):
            where = f"{path}:{number}"
            room = name.split("/")[0]
            if room in ROOMS and room not in allowed and quote == '"':
                problems.append(f"{where}: {args.room} may not use {room}: it may use {', '.join(sorted(allowed))}")
            if args.pure and not is_test and name in PURE_BANNED_HEADERS:
                problems.append(f"{where}: <{name}> in a pure room: {PURE_BANNED_HEADERS[name]}")
            if name.startswith(("boost/asio", "boost/beast")) and "server/socket" not in str(path):
                problems.append(f"{where}: Asio and Beast live in server/socket only")

    if args.pure and args.library:
        output = subprocess.run(["nm", "--undefined-only", "--format=just-symbols", args.library],
                                capture_output=True, text=True, check=True).stdout
        for symbol in sorted(set(output.split())):
            if PURE_BANNED_SYMBOLS.match(symbol):
                problems.append(f"{args.library.name} uses {symbol}: {args.room} is pure, no clock, thread, "
                                "socket, file or randomness")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
