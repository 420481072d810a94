"""The contract, api/openapi.yaml, held against every request that tests send and every reply that they get.

Two laws: what the server answers is what the contract says, status, media type, headers and body; and what the contract
forbids in a request the server does not accept.
"""
import json
import re
import threading
import urllib.parse

import jsonschema
import yaml

from support.paths import OPENAPI

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
# What the guard before all routes may answer: "refused before it reaches a route" in the contract.
_GUARD = {400, 408, 411, 413, 417, 421, 431, 501, 505}
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")
_CODE = re.compile(r"`([a-z][a-z0-9_]*)`")

_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time")
def _is_utc_time(value):
    return not isinstance(value, str) or bool(_TIME.match(value))


class Broken(AssertionError):
    """The contract and the server do not agree."""


class Contract:
    def __init__(self, path=OPENAPI):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        with open(path, encoding="utf-8") as source:
            self.document = yaml.load(source, loader)
        self._validators = {}
        self._lock = threading.Lock()
        self.seen = {}  # operationId -> statuses that tests have met
        self._routes = []
        for template, item in self.document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)) + "$")
            self._routes.append((pattern, item))
        self._routes.sort(key=lambda route: route[0].groups)  # a literal path before one with parameters

    def operations(self):
        return {item[m]["operationId"] for _, item in self._routes for m in _METHODS if m in item}

    def schema_of(self, name):
        return {"$ref": f"#/components/schemas/{name}"}

    def problems_of(self, schema, value):
        """What is wrong with the value, in words; empty when nothing is."""
        key = json.dumps(schema, sort_keys=True)
        with self._lock:
            validator = self._validators.get(key)
            if validator is None:
                # Local references resolve against the root, so the components come along.
                whole = {"allOf": [schema], "components": self.document["components"]}
                validator = jsonschema.Draft202012Validator(whole, format_checker=_formats)
                self._validators[key] = validator
        return [f"{e.json_path}: {e.message[:300]}" for e in validator.iter_errors(value)]

    def check(self, request, reply):
        """Raises Broken when the reply is not what the contract says for the request."""
        path, _, query = request.target.partition("?")
        item, parameters = self._find(path)
        where = f"{request.method} {request.target[:200]} -> {reply.status}"
        wrong = []
        if item is None:
            wrong += self._refusal(reply, {404} | _GUARD)
        elif request.method.lower() not in item:
            wrong += self._refusal(reply, {405} | _GUARD)
            if reply.status == 405:
                allowed = {m.upper() for m in _METHODS if m in item}
                said = {m.strip() for m in reply.headers.get("allow", "").split(",")}
                if said != allowed:
                    wrong.append(f"Allow says {sorted(said)}, the contract {sorted(allowed)}")
        else:
            operation = item[request.method.lower()]
            with self._lock:
                self.seen.setdefault(operation["operationId"], set()).add(reply.status)
            wrong += self._reply(operation, reply)
            if reply.status < 400:
                wrong += [f"accepted, although {p}" for p in self._request(operation, item, request, query, parameters)]
        if "x-request-id" not in reply.headers:
            wrong.append("X-Request-Id is missing")
        if wrong:
            raise Broken(where + "\n  " + "\n  ".join(wrong) + f"\n  the reply was: {reply.text[:1000]}")

    # ---- replies ----

    def _reply(self, operation, reply):
        declared = operation["responses"].get(str(reply.status))
        if declared is None:
            if reply.status in _GUARD:
                return self._refusal(reply, _GUARD)
            return [f"status {reply.status} is not declared; declared are {sorted(operation['responses'])}"]
        declared = self._resolve(declared)
        wrong = []
        media = reply.headers.get("content-type", "").split(";")[0].strip()
        content = declared.get("content", {})
        if not content:
            wrong += [f"a body that is not declared: {reply.text[:100]!r}"] if reply.text else []
        elif media not in content:
            return [f"content type {media!r} is not declared; declared are {sorted(content)}"]
        for name, header in declared.get("headers", {}).items():
            value = reply.headers.get(name.lower())
            if value is None:
                # What may be missing says so.
                wrong += [] if self._resolve(header).get("required") is False else [f"the header {name} is missing"]
            else:
                schema = self._resolve(header)["schema"]
                wrong += [f"header {name}: {p}" for p in self._text_problems(schema, value)]
        if media.endswith("json"):
            wrong += self._body(content[media]["schema"], reply)
        if media == "application/problem+json" and not wrong:
            wrong += self._problem(reply)
            codes = set(_CODE.findall(declared.get("description", "")))
            if codes and reply.status not in _GUARD - {400, 413} and reply.json["code"] not in codes:
                wrong.append(f"code {reply.json['code']!r} is not among those of this answer: {sorted(codes)}")
        return wrong

    def _body(self, schema, reply):
        try:
            body = reply.json
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        return [f"body {p}" for p in self.problems_of(schema, body)]

    def _refusal(self, reply, statuses):
        if reply.status not in statuses:
            return [f"status {reply.status}, expected one of {sorted(statuses)}"]
        if reply.headers.get("content-type") != "application/problem+json":
            return [f"content type {reply.headers.get('content-type')!r}, not application/problem+json"]
        return self._body(self.schema_of("Problem"), reply) or self._problem(reply)

    @staticmethod
    def _problem(reply):
        wrong = []
        if reply.json["status"] != reply.status:
            wrong.append(f"the problem says {reply.json['status']}")
        if reply.json["instance"] != reply.headers.get("x-request-id"):
            wrong.append("instance is not X-Request-Id")
        return wrong

    # ---- requests ----

    def _request(self, operation, item, request, query, path_parameters):
        parameters = [self._resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
        given = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        headers = {k.lower(): v for k, v in request.headers.items()}
        wrong = []
        for name in given:
            if not any(p["in"] == "query" and p["name"] == name for p in parameters):
                wrong.append(f"the query parameter {name!r} is not declared")
        for p in parameters:
            sources = {"query": given, "header": headers, "path": path_parameters}
            name = p["name"].lower() if p["in"] == "header" else p["name"]
            value = sources[p["in"]].get(name)
            if value is None:
                if p.get("required"):
                    wrong.append(f"{p['in']} {p['name']} is missing")
            else:
                wrong += [f"{p['in']} {p['name']}: {x}" for x in self._text_problems(p["schema"], value)]
        if operation.get("security", True) and "authorization" not in headers:
            if "accessguard=" not in headers.get("cookie", ""):
                wrong.append("nobody signed in")
            elif request.method not in ("GET", "HEAD") and headers.get("sec-fetch-site") != "same-origin" \
                    and "origin" not in headers:
                wrong.append("the session did not come from an own page")
        if "requestBody" in operation:
            wrong += self._request_body(operation["requestBody"], request, headers)
        return wrong

    def _request_body(self, declared, request, headers):
        if not request.body:
            return []  # an empty body counts as {}: only where nothing is required will it be accepted
        media = headers.get("content-type", "").split(";")[0].strip().lower()
        if media not in declared["content"]:
            return [f"the content type {media!r} is not declared"]
        try:
            body = json.loads(request.body)
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        return [f"body {p}" for p in self.problems_of(declared["content"][media]["schema"], body)]

    # ---- the rest ----

    def _text_problems(self, schema, text):
        """Of a parameter or header, which is text that stands for a value."""
        schema = self._resolve(schema)
        kind = schema.get("type")
        if kind == "integer":
            if not re.match(r"^-?\d+$", text):
                return [f"{text!r} is not a whole number"]
            return self.problems_of(schema, int(text))
        if kind == "boolean":
            return [] if text in ("true", "false") else [f"{text!r} is neither true nor false"]
        if kind == "array":
            return self.problems_of(schema, text.split(","))
        return self.problems_of(schema, text)

    def _find(self, path):
        for pattern, item in self._routes:
            match = pattern.match(path)
            if match:
                return item, {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
        return None, {}

    def _resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node


CONTRACT = Contract()
