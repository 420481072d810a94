"""Where the programs under test are, and what the machine may lack."""
import os
import pathlib
import shutil

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
OPENAPI = ROOT / "api" / "openapi.yaml"


def _first_that_exists(candidates, what):
    for candidate in candidates:
        if candidate and pathlib.Path(candidate).is_file():
            return pathlib.Path(candidate).resolve()
    return pytest.exit(f"{what} is not built: ./dev build, or name it with AG_BINARY and AG_SANDBOX_SERVER", 2)


def binary():
    """The program under test."""
    named = os.environ.get("AG_BINARY")
    return _first_that_exists([named] if named else [ROOT / "build/release/accessguard"], "accessguard")


def sandbox_server():
    """The sandbox behind a socket, of its own process."""
    named = os.environ.get("AG_SANDBOX_SERVER")
    beside = binary().parent / "sandbox_server"
    elsewhere = sorted((ROOT / "build").glob("*/sandbox_server"))
    return _first_that_exists([named] if named else [beside, *elsewhere], "sandbox_server")


def missing(what, how):
    """Skips the test with a plain line; where everything must run, that is a failure."""
    line = f"{what} is not on this machine ({how})"
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(line + ", and CI=true allows no gaps", pytrace=False)
    pytest.skip(line)


def tool(name, how):
    """Path of a program that may be missing."""
    return shutil.which(name) or missing(name, how)


def module(name, how):
    """A Python module that may be missing."""
    try:
        return __import__(name)
    except ImportError:
        return missing(f"the Python module {name}", how)
