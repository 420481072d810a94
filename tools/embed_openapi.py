#!/usr/bin/env python3
"""Writes api/openapi.yaml as JSON into a C++ source: the server answers it at /openapi.json."""
import json
import pathlib
import sys

import yaml

source, target = map(pathlib.Path, sys.argv[1:3])
document = json.dumps(yaml.safe_load(source.read_text()), separators=(",", ":"), default=str)
# A string literal may be at most 65,536 bytes by the standard: adjacent literals are joined.
parts = [document[i:i + 15_000] for i in range(0, len(document), 15_000)]
literals = "\n    ".join(f'R"openapi({part})openapi"' for part in parts)
target.write_text('#include "server/api/openapi_document.hpp"\n\nnamespace ag::server {\n\n'
                  f"const std::string_view kOpenApiDocument =\n    {literals};\n\n}}  // namespace ag::server\n")
