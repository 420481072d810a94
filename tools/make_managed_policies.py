#!/usr/bin/env python3
"""Writes data/iam/managed-policies.jsonl.gz out of the collection of AWS managed policies that moto publishes.

    tools/make_managed_policies.py COLLECTION.json data/iam/managed-policies.jsonl.gz

COLLECTION.json: name → {Path, DefaultVersionId, Arn, Document}. One policy a line, sorted by name; the same input gives
the same bytes.
"""
import gzip
import json
import pathlib
import sys

source, target = map(pathlib.Path, sys.argv[1:3])
policies = json.loads(source.read_text())
lines = []
for name, policy in sorted(policies.items()):
    assert policy["Arn"] == "arn:aws:iam::aws:policy" + policy["Path"] + name, name
    line = {"name": name, "path": policy["Path"], "version": policy["DefaultVersionId"], "document": policy["Document"]}
    lines.append(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")
target.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))
