#!/usr/bin/env python3
"""Links the built console, web/dist, into the program: an assembler file with the bytes, a C++ source with the table.

    tools/embed_console.py web/dist OUTPUT_FOLDER

Beside a file `x` its compressed forms `x.br` and `x.gz` are taken along; where there is no `x.gz` it is made here.
Without the folder the table is empty, and the server says that the console was not built.
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".json": "application/json", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}
# Packed as they are: packing them again only costs.
PACKED = {".png", ".woff2", ".ico"}
LEAST_WORTH_PACKING = 512  # bytes; below that a header is most of the answer


def forms_of(path, target, number):
    """Names of the files that hold the identity, gzip and brotli forms; None where there is none."""
    size = path.stat().st_size
    if path.suffix in PACKED or size < LEAST_WORTH_PACKING:
        return path, None, None
    gz, br = path.with_name(path.name + ".gz"), path.with_name(path.name + ".br")
    if not gz.exists():
        gz = target / f"{number}.gz"
        gz.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    return path, gz, br if br.exists() else None


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    paths = sorted((p for p in source.rglob("*") if p.is_file() and p.suffix not in (".gz", ".br", ".map")
                    and not any(part.startswith(".") for part in p.relative_to(source).parts)),
                   key=lambda p: p.relative_to(source).as_posix()) if source.is_dir() else []
    assembler, names, rows = ["// Made by tools/embed_console.py.", ".section .rodata"], [], []
    for number, path in enumerate(paths):
        name = path.relative_to(source).as_posix()
        if path.suffix not in TYPES:
            sys.exit(f"{path}: tools/embed_console.py knows no media type for {path.suffix or 'it'}")
        row = [f'"{name}"', f'"{TYPES[path.suffix]}"', f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"']
        for form, file in zip(("identity", "gzip", "brotli"), forms_of(path, target, number)):
            if file is None:
                row.append("{}")
                continue
            label = f"ag_console_{number}_{form}"
            assembler += [f".global {label}, {label}_end", f"{label}:", f'.incbin "{file.absolute()}"', f"{label}_end:"]
            names += [label, label + "_end"]
            row.append(f"between({label}, {label}_end)")
        rows.append("    {" + ", ".join(row) + "},")
    assembler += ['.section .note.GNU-stack,"",%progbits', ""]
    (target / "console_files.S").write_text("\n".join(assembler))
    declared = "\n".join(f"extern const char {name}[];" for name in names)
    table = ("constexpr std::size_t kCount = %d;\nconst std::array<ConsoleFile, kCount> kFiles = {{\n%s\n}};\n"
             % (len(rows), "\n".join(rows))) if rows else ""
    between = ("std::string_view between(const char* begin, const char* end) {\n"
               "  return {begin, static_cast<std::size_t>(end - begin)};\n}\n\n") if rows else ""
    what = "kFiles" if rows else ""
    (target / "console_files.cpp").write_text(
        '// Made by tools/embed_console.py.\n#include <array>\n\n#include "server/api/console.hpp"\n\n'
        f'extern "C" {{\n{declared}\n}}\n\nnamespace ag::server {{\nnamespace {{\n\n{between}{table}\n}}  // namespace\n\n'
        f"std::span<const ConsoleFile> console_files() {{ return {{{what}}}; }}\n\n}}  // namespace ag::server\n")


main()
