"""Fixtures of the whole-system tests, and the account that is given of them at the end."""
import pytest

from support.contract import CONTRACT
from support.world import AccessGuard, Sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def sandbox(folder):
    world = Sandbox(folder)
    yield world
    world.stop()


@pytest.fixture(scope="module")
def guard(folder, sandbox):
    """AccessGuard on the sandbox, from an empty data folder, with all of AWS read."""
    server = AccessGuard(folder, sandbox.environment()).start()
    server.wait_read(server.client("sven", admin=True))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def as_(guard):
    """as_("ana"): a client that speaks for her; sven is the administrator. One token each, however often asked."""
    known = {}

    def client(user):
        if user not in known:
            known[user] = guard.client(user, admin=user == "sven")
        return known[user]
    return client


def pytest_sessionfinish(session, exitstatus):
    """A whole run that never called an operation of the contract did not test the contract."""
    everything = not session.config.option.keyword and not session.config.option.markexpr
    files = {item.path.name for item in session.items}
    if exitstatus == 0 and everything and "test_life.py" in files and "test_api_bad_input.py" in files:
        session.never_called = sorted(CONTRACT.operations() - set(CONTRACT.seen))
        if session.never_called:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    session = getattr(terminalreporter, "_session", None)
    for name in getattr(session, "never_called", []):
        terminalreporter.write_line(f"the contract's operation {name} was never called", red=True)
    if CONTRACT.seen:
        met = sum(len(statuses) for statuses in CONTRACT.seen.values())
        terminalreporter.write_line(
            f"contract: {len(CONTRACT.seen)} of {len(CONTRACT.operations())} operations, {met} kinds of answer met")
