#!/usr/bin/env python3
"""Draws what a program printed as an SVG picture of a terminal: for the README, from a real run.

    script -qec "./dev demo --once" /dev/null | tools/terminal_svg.py > docs/story.svg
"""
import html
import re
import sys

COLUMNS = 124
LINE_HEIGHT = 18
CHARACTER_WIDTH = 8.1
COLOURS = {"31": "#f28b82", "32": "#81c995", "33": "#fdd663", "36": "#8ab4f8", "2": "#9aa0a6", "1": "#ffffff"}
DEFAULT = "#dadce0"
SGR = re.compile(r"\x1b\[([0-9;]*)m")


def visible(line):
    """What is left on the screen of a line that was drawn over: after the last carriage return."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-ln-z]", "", line.split("\r")[-1])


def spans(line):
    colour, at = DEFAULT, 0
    for match in SGR.finditer(line):
        yield colour, line[at:match.start()]
        colour, at = COLOURS.get(match.group(1), DEFAULT), match.end()
    yield colour, line[at:]


def cut(pieces):
    left = COLUMNS
    for colour, text in pieces:
        if len(text) > left:
            yield colour, text[:left - 1] + "…"
            return
        left -= len(text)
        yield colour, text


def main():
    lines = [visible(line.rstrip("\r")) for line in sys.stdin.read().split("\n")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    width, height = int(COLUMNS * CHARACTER_WIDTH) + 40, len(lines) * LINE_HEIGHT + 56
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">')
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#202124"/>')
    for index, colour in enumerate(("#f28b82", "#fdd663", "#81c995")):
        print(f'<circle cx="{22 + index * 18}" cy="20" r="6" fill="{colour}"/>')
    print('<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.4" xml:space="preserve">')
    for number, line in enumerate(lines):
        pieces = "".join(f'<tspan fill="{colour}">{html.escape(text)}</tspan>' for colour, text in cut(spans(line)) if text)
        if pieces:
            print(f'<text x="20" y="{52 + number * LINE_HEIGHT}">{pieces}</text>')
    print("</g></svg>")


if __name__ == "__main__":
    main()
