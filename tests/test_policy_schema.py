"""api/policy.schema.json is for editors; the server has its own reader. Here both see the same files: every policy of
the documents and of the tests fits the schema, and what the reader refuses for its shape the schema refuses too.
"""
import copy
import json
import re
import subprocess

import jsonschema
import pytest

from support import core_yaml
from support.paths import ROOT

SCHEMA = json.loads((ROOT / "api/policy.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def problems(policy):
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in VALIDATOR.iter_errors(policy)]


def pieces(path, pattern):
    return re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"), re.DOTALL)


def written_in_tests():
    """The policies in raw strings of the tests, by file and number. Those that begin otherwise are spoilt on purpose."""
    files = subprocess.run(["git", "ls-files", "*.cpp", "*.hpp"], cwd=ROOT, capture_output=True, text=True, check=True)
    for path in files.stdout.split():
        for number, text in enumerate(pieces(path, r'R"\((version: 1\n.*?)\)"')):
            yield f"{path}#{number}", text


VALID = {
    **{str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in sorted((ROOT / "docs/policies").glob("*.yaml"))},
    "docs/policy.md": "".join(pieces("docs/policy.md", r"\n```yaml\n(.*?\n)```")),
    "README.md": "".join(pieces("README.md", r"\n```yaml\n(.*?\n)```")),
    **dict(written_in_tests()),
}


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_there_is_something_to_look_at():
    assert sum(name.startswith("docs/policies/") for name in VALID) == 5
    assert sum(name.startswith("src/access/test_policy.hpp") for name in VALID) == 3


@pytest.mark.parametrize("name", VALID)
def test_every_policy_that_is_written_down_fits(name):
    assert problems(core_yaml.read(VALID[name])) == []


def test_every_key_is_explained():
    silent = []

    def walk(schema, path):
        if isinstance(schema, dict):
            for key, value in schema.get("properties", {}).items():
                explained = value is False or "description" in value or \
                    "description" in SCHEMA["$defs"].get(value.get("$ref", "").rsplit("/", 1)[-1], {})
                # Below a condition a key is only forbidden or compared.
                if not explained and "const" not in value:
                    silent.append(f"{path}.{key}")
            for key, value in schema.items():
                walk(value, f"{path}.{key}")
        elif isinstance(schema, list):
            for index, value in enumerate(schema):
                walk(value, f"{path}[{index}]")

    walk(SCHEMA, "")
    assert silent == []


BASE = core_yaml.read(dict(written_in_tests())["src/access/test_policy.hpp#2"])
GONE = object()

# Where in BASE, and what is written there instead.
WRONG = [
    ("version", 2), ("version", GONE), ("rule", []), ("rules", {}), ("targets", []),
    ("targets.prod", {}), ("targets.prod", "/Workloads"), ("targets.prod.colour", "red"), ("targets.prod.all", True),
    ("targets.prod", {"all": False}), ("targets.prod", {"accounts": [333344445555]}), ("targets.prod", {"tag": {}}),
    ("targets.prod", {"tag": {"env": []}}), ("targets.prod", {"except": ["x"]}),
    ("windows.office.zone", GONE), ("windows.office.zone", "berlin"), ("windows.office.zone", "/etc/passwd"),
    ("windows.office.days", "monday"), ("windows.office.days", []), ("windows.office.from", "8am"),
    ("windows.office.from", GONE), ("windows.office.to", "24:01"), ("windows.weekend.days", GONE),
    ("on_call.platform.from", "2026-01-05"), ("on_call.platform.every", 7), ("on_call.platform.turns", []),
    ("on_call.platform.turns.0", {"user": "ana", "group": "Oncall"}), ("on_call.platform.turns.0", {"manager": True}),
    ("permission_sets", {"A": {"level": "extreme"}}), ("permission_sets", {"A": {}}),
    ("rules.0.id", "a b"), ("rules.0.id", GONE), ("rules.0.who", {}), ("rules.0.who", ["Developers"]),
    ("rules.0.who", {"everyone": False}), ("rules.0.who", {"everyone": True, "groups": ["A"]}),
    ("rules.0.who", {"groups": []}), ("rules.0.who", {"except": {"groups": ["A"]}}),
    ("rules.0.who.except", {}), ("rules.0.what", []), ("rules.0.what", "ReadOnly"), ("rules.0.what", {"except": ["A"]}),
    ("rules.0.where", "prod"), ("rules.0.where", []), ("rules.0.max", 4), ("rules.0.max", "four"),
    ("rules.0.max", "1h 30m"), ("rules.0.max", "30m1h"), ("rules.0.max", "0s"), ("rules.0.max", "PT"),
    ("rules.0.max", ""), ("rules.0.maxx", "1h"), ("rules.0.approval", GONE), ("rules.0.during", "office"),
    ("rules.0.during", []), ("rules.0.extend.by", GONE), ("rules.0.extend.times", 0), ("rules.0.end", "abrupt"),
    ("guardrails.0.require", {}), ("guardrails.0.require", GONE), ("guardrails.0.forbid", True),
    ("guardrails.0.require.approvers", 0), ("guardrails.0.require.reason_min", 501),
    ("guardrails.0.require.ticket", ""), ("guardrails.0.require.tickets", "A"), ("guardrails.0.when", {}),
    ("guardrails.0.when.level", "high"), ("guardrails.1.forbid", False), ("guardrails.1.what", GONE),
    ("guardrails.2.what", GONE), ("guardrails.2.never_with", []),
    ("approval_policies.lead.steps", {}), ("approval_policies.lead.steps.0.need", 21),
    ("approval_policies.lead.steps.0.need", "2"), ("approval_policies.lead.steps.0.any_of", []),
    ("approval_policies.lead.steps.0.any_of.0", {}), ("approval_policies.lead.steps.0.any_of.0", "TeamLeads"),
    ("approval_policies.lead.steps.0.any_of.0", {"group": "A", "user": "b"}),
    ("approval_policies.lead.steps.0.any_of.0", {"manager": False}), ("approval_policies.lead.low", {"steps": []}),
    ("approval_policies.lead.steps", GONE), ("approval_policies.lead.remind", "30m"),
    ("approval_policies.lead.escalate.0.after", GONE), ("approval_policies.lead.escalate.0.need", 1),
    ("break_glass", {"who": {"everyone": True}, "what": ["A"]}), ("limits.open_requests", 0), ("limits.grants", 1),
    ("change_control.when", "sometimes"), ("change_control.any_of", [{"manager": True}]),
    ("expect.0.who", GONE), ("expect.0.allow", "no"), ("expect.0.approvers", 1), ("expect.0.at", "2am"),
    ("expect.0.at", GONE), ("expect.1.where", 222222222222), ("expect.1.for", 1),
]


def changed(where, value):
    policy = copy.deepcopy(BASE)
    *way, last = [int(step) if step.isdigit() else step for step in where.split(".")]
    there = policy
    for step in way:
        there = there[step]
    if value is GONE:
        del there[last]
    else:
        there[last] = value
    return policy


@pytest.mark.parametrize(("where", "value"), WRONG, ids=lambda it: "gone" if it is GONE else str(it)[:60])
def test_what_is_wrong_does_not_fit(where, value):
    assert problems(BASE) == []
    assert problems(changed(where, value)) != []
