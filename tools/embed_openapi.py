#!/usr/bin/env python3
"""Writes api/openapi.yaml as JSON into a C++ source: the server answers it at /openapi.json."""
import json
import pathlib
import sys

import yaml

source, target = map(pathlib.Path, sys.argv[1:3])
document = json.dumps(yaml.safe_load(source.read_text()), separators=(",", ":"), default=str)
# A string literal may be at most 65,536 bytes by the standard, joined ones too: an array may have any size.
data = document.encode()
rows = [",".join(str(byte) for byte in data[i:i + 40]) for i in range(0, len(data), 40)]
assert max(data) < 128, "json.dumps writes ASCII"
target.write_text('#include "server/api/openapi_document.hpp"\n\nnamespace ag::server {\nnamespace {\n\n'
                  "constexpr char kBytes[] = {\n" + ",\n".join(rows) + "};\n\n}  // namespace\n\n"
                  "const std::string_view kOpenApiDocument(kBytes, sizeof kBytes);\n\n}  // namespace ag::server\n")
