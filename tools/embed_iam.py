#!/usr/bin/env python3
"""Turns data/iam/ into two tables that are linked into the program as they are, and an assembler file that says so.

    tools/embed_iam.py data/iam OUTPUT_FOLDER

Everything that can be wrong with the data is an error here, so that the program need not look: a fact about an action
that is not in the catalogue, a technique with an unknown class, a thing without words.
The layout is read by src/iam/table.hpp: whoever changes one changes the other, and LAYOUT.
"""
import gzip
import json
import pathlib
import struct
import sys
import zlib

LAYOUT = 4
LEVEL_BITS = {"L": 1, "R": 2, "W": 4, "T": 8, "P": 16}
FACETS = ["self", "target", "credentials", "data", "destruction", "exposure", "guardrails", "organization", "money",
          "breadth"]
LEVELS = ["low", "medium", "high", "critical"]
CLASSES = ["self", "target", "center", "organization"]
SUBJECTS = ["holder", "choice"]
HASH_SIZE = 65536  # the catalogue fills a third of it
POLICIES_IN_A_BLOCK = 32  # one is read by unpacking its block: about 100 kB


class Strings:
    """Each text once: its length in two bytes, then its bytes."""

    def __init__(self):
        self.data = bytearray()
        self.known = {}

    def add(self, text):
        if text not in self.known:
            encoded = text.encode()
            assert len(encoded) < 65536
            self.known[text] = len(self.data)
            self.data += struct.pack("<H", len(encoded)) + encoded
        return self.known[text]


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def lines_of(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield f"{path.name}:{number}", line.split("\t")


class Catalogue:
    def __init__(self, path, strings):
        self.strings = strings
        self.version = []
        self.services, self.actions, self.types = [], [], []
        self.links = {"types": [], "keys": [], "dependents": []}
        self.keys, self.key_types = {}, {}
        self.ids = {}
        self.global_keys = 0
        self.dependents = []
        self.read(path)

    def key(self, name):
        return self.keys.setdefault(name.lower(), (len(self.keys), name))[0]

    def read(self, path):
        service, type_ids = None, {}
        for where, fields in lines_of(path):
            kind, *rest = fields
            if kind == "version":
                self.version = rest
            elif kind == "key":
                self.key(rest[0])
                self.key_types.setdefault(rest[0].lower(), rest[1])
                if service is None:
                    self.global_keys = len(self.keys)
            elif kind == "service":
                service, type_ids = rest[0], {}
                self.services.append([rest[0], rest[1], len(self.actions), 0])
            elif kind == "type":
                type_ids[rest[0]] = len(self.types)
                self.types.append((rest[0], rest[1], len(self.services) - 1))
            elif kind == "action":
                self.action(where, service, type_ids, rest + [""] * (5 - len(rest)))
            else:
                sys.exit(f"{where}: no such kind of line: {kind}")
        for name, dependents in self.dependents:
            self.actions[self.ids[name]][8] = len(self.links["dependents"])
            # What a later catalogue has no more is left out: the list is of an older one.
            found = [self.ids[other.lower()] for other in dependents if other.lower() in self.ids]
            self.links["dependents"] += found
            self.actions[self.ids[name]][9] = len(found)

    def action(self, where, service, type_ids, fields):
        name, levels, types, keys, dependents = fields
        full = f"{service}:{name}".lower()
        if full in self.ids:
            sys.exit(f"{where}: {full} for the second time")
        first_type, first_key = len(self.links["types"]), len(self.links["keys"])
        for kind in filter(None, types.split(",")):
            self.links["types"].append(type_ids[kind.rstrip("!")] << 1 | kind.endswith("!"))
        for key in filter(None, keys.split(",")):
            self.links["keys"].append(self.key(key))
        self.ids[full] = len(self.actions)
        if dependents:
            self.dependents.append((full, dependents.split(",")))
        self.actions.append([self.strings.add(name), sum(LEVEL_BITS[level] for level in levels), len(self.services) - 1,
                             full, first_type, len(self.links["types"]) - first_type, first_key,
                             len(self.links["keys"]) - first_key, 0, 0])
        self.services[-1][3] += 1

    def check_order(self):
        """The program searches by halves."""
        assert [s[0] for s in self.services] == sorted(s[0] for s in self.services)
        for service in self.services:
            names = [action[3] for action in self.actions[service[2]:service[2] + service[3]]]
            assert names == sorted(names), service[0]

    def hash_table(self):
        table = [0] * HASH_SIZE
        for full, number in self.ids.items():
            at = fnv1a(full) % HASH_SIZE
            while table[at]:
                at = (at + 1) % HASH_SIZE
            table[at] = number + 1
        return table


def read_facts(path, catalogue, strings):
    """Things, their kinds one after the other, and the facts: each of a thing, and of its kind or of none (0)."""
    things, kinds, facts = {}, {}, []
    for where, fields in lines_of(path):
        if fields[0] == "thing":
            things[fields[1]] = [len(things), *fields[1:4]]
            continue
        if fields[0] == "kind":
            _, thing, name, noun = fields
            if thing not in things or "{" not in things[thing][3]:
                sys.exit(f"{where}: {thing} is not named, or has no place for kinds")
            kinds[f"{thing}/{name.rstrip('!')}"] = (things[thing][0], strings.add(noun), int(name.endswith("!")))
            continue
        kind, facet, level, thing, action, source = fields
        whole, thing = thing.endswith("!"), thing.rstrip("!")
        if kind != "fact" or facet not in FACETS[2:9] or level not in LEVELS or source not in ("sar", "sia"):
            sys.exit(f"{where}: not a fact: {' '.join(fields)}")
        name, _, kind = thing.partition("/")
        if action.lower() not in catalogue.ids or name not in things:
            sys.exit(f"{where}: {action} is not in the catalogue, or {name} is not named")
        if bool(kind) != ("{" in things[name][3]) or (kind and thing not in kinds):
            sys.exit(f"{where}: {name} has kinds, and {thing} is none of them; or it has none")
        facts.append((catalogue.ids[action.lower()], FACETS.index(facet), LEVELS.index(level), things[name][0],
                      strings.add(source), int(whole), list(kinds).index(thing) + 1 if kind else 0))
    rows = [(strings.add(name), strings.add(every), strings.add(some)) for _, name, every, some in things.values()]
    return rows, list(kinds.values()), facts


def actions_of(pattern, catalogue, where):
    """Of `iam:*` and `iam:put*`: all that they stand for."""
    low = pattern.lower()
    found = [number for name, number in catalogue.ids.items()
             if name == low or (low.endswith("*") and name.startswith(low[:-1]))]
    if not found:
        sys.exit(f"{where}: {pattern} is not in the catalogue")
    return found


def read_techniques(path, catalogue, strings):
    rows, actions, passes, seen = [], [], [], set()
    for where, fields in lines_of(path):
        name, kind, patterns, services, names, what = fields
        if kind not in CLASSES or name in seen:
            sys.exit(f"{where}: no such class, or {name} for the second time")
        seen.add(name)
        needed = sorted({number for pattern in patterns.split() for number in actions_of(pattern, catalogue, where)})
        services = [] if services == "-" else services.split()
        rows.append((strings.add(name), CLASSES.index(kind), len(actions), len(needed), len(passes), len(services),
                     strings.add(names), strings.add(what), strings.add(patterns)))
        actions += needed
        passes += [strings.add(service) for service in services]
    return rows, actions, passes


def read_conditions(path, catalogue, strings):
    """Sorted: the program searches by halves."""
    rows = {}
    for where, (kind, key, of, what) in lines_of(path):
        low = key.lower()
        if kind != "key" or of not in SUBJECTS or low in rows or not what:
            sys.exit(f"{where}: not a key, or {key} for the second time")
        if not low.endswith("*") and low not in catalogue.keys:
            sys.exit(f"{where}: {key} is not in the catalogue")
        rows[low] = (strings.add(low), SUBJECTS.index(of))
    return [rows[key] for key in sorted(rows)]


def pack(sections):
    """Magic, layout, number of sections; then where each begins and how many rows it has; then the sections."""
    head = 16 + 8 * len(sections)
    out, places = bytearray(), []
    for rows, count in sections:
        while (head + len(out)) % 8:
            out.append(0)
        places.append((head + len(out), count))
        out += rows
    return b"AGTABLE\0" + struct.pack("<II", LAYOUT, len(sections)) + b"".join(
        struct.pack("<II", *place) for place in places) + bytes(out)


def rows_of(rows):
    return b"".join(struct.pack(f"<{len(row)}I", *row) for row in rows), len(rows)


def numbers(values):
    return struct.pack(f"<{len(values)}I", *values), len(values)


def catalogue_table(folder):
    strings = Strings()
    catalogue = Catalogue(folder / "catalogue.txt", strings)
    catalogue.check_order()
    things, kinds, facts = read_facts(folder / "facts.txt", catalogue, strings)
    techniques, technique_actions, passes = read_techniques(folder / "escalations.txt", catalogue, strings)
    conditions = read_conditions(folder / "conditions.txt", catalogue, strings)
    services = [(strings.add(s[0]), strings.add(s[1]), s[2], s[3]) for s in catalogue.services]
    actions = [a[:3] + a[4:] for a in catalogue.actions]
    types = [(strings.add(name), strings.add(arn), service) for name, arn, service in catalogue.types]
    keys = [(strings.add(name), strings.add(catalogue.key_types.get(low, ""))) for low, (_, name) in catalogue.keys.items()]
    scalars = [strings.add(catalogue.version[0]), strings.add(catalogue.version[1]), catalogue.global_keys]
    return pack([(bytes(strings.data), len(strings.data)), rows_of(services), rows_of(actions), rows_of(types),
                 rows_of(keys), numbers(catalogue.links["types"]), numbers(catalogue.links["keys"]),
                 numbers(catalogue.links["dependents"]), numbers(catalogue.hash_table()), numbers(scalars),
                 rows_of(things), rows_of(facts), rows_of(techniques), numbers(technique_actions), numbers(passes),
                 rows_of(conditions), rows_of(kinds)])


def managed_table(folder):
    strings = Strings()
    policies = [json.loads(line) for line in gzip.decompress((folder / "managed-policies.jsonl.gz").read_bytes()).splitlines()]
    assert [p["name"] for p in policies] == sorted(p["name"] for p in policies)
    index, blocks, packed = [], [], bytearray()
    for start in range(0, len(policies), POLICIES_IN_A_BLOCK):
        raw = bytearray()
        for policy in policies[start:start + POLICIES_IN_A_BLOCK]:
            document = json.dumps(policy["document"], separators=(",", ":"), ensure_ascii=False).encode()
            index.append((strings.add(policy["name"]), strings.add(policy["path"]), strings.add(policy["version"]),
                          len(blocks), len(raw), len(document)))
            raw += document
        block = zlib.compress(bytes(raw), 9)
        blocks.append((len(packed), len(block), len(raw)))
        packed += block
    return pack([(bytes(strings.data), len(strings.data)), rows_of(index), rows_of(blocks), (bytes(packed), len(packed))])


def main():
    folder, target = map(pathlib.Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    lines = ["// Made by tools/embed_iam.py."]
    for name, table in (("iam_catalogue", catalogue_table(folder)), ("iam_managed", managed_table(folder))):
        (target / f"{name}.bin").write_bytes(table)
        lines += [".section .rodata", f".global ag_{name}, ag_{name}_end", ".balign 8", f"ag_{name}:",
                  f'.incbin "{(target / name).absolute()}.bin"', f"ag_{name}_end:"]
    lines += ['.section .note.GNU-stack,"",%progbits', ""]
    (target / "iam_tables.S").write_text("\n".join(lines))


main()
