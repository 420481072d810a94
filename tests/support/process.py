"""Processes that tests start. Each is ended by its own pid, at the latest when the tests end."""
import atexit
import json
import os
import random
import signal
import socket
import subprocess
import time

_alive = set()


@atexit.register
def _end_all():
    for process in list(_alive):
        process.kill()


def clean_environment(**values):
    """The machine's environment without what would change a program under test."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ACCESSGUARD_", "XDG_"))}
    env.update({k: str(v) for k, v in values.items()})
    return env


def free_port():
    """A port that nobody listens on, below those that the system hands out to clients: it stays free between a
    server's death and its next life."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(check, seconds, what, every=0.05):
    """The first true value of check(); an assertion that says what was waited for when there is none in time."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        last = check()
        if last:
            return last
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


class Process:
    """One running program. Its standard error goes to `log`; its standard output too unless it is piped."""

    def __init__(self, argv, log, env=None, cwd=None, piped=False):
        self.log = log
        self._begin = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as sink:
            self._popen = subprocess.Popen(
                [str(a) for a in argv], env=env, cwd=cwd, stderr=sink,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else sink)
        _alive.add(self)

    @property
    def pid(self):
        return self._popen.pid

    @property
    def stdin(self):
        return self._popen.stdin

    @property
    def stdout(self):
        return self._popen.stdout

    def running(self):
        return self._popen.poll() is None

    def output(self):
        """What this run wrote to its log so far."""
        with open(self.log, "rb") as source:
            source.seek(self._begin)
            return source.read().decode("utf-8", "replace")

    def event(self, name):
        """The first line of structured log with that event, or nothing yet."""
        for line in self.output().splitlines():
            if f'"event":"{name}"' in line:
                return json.loads(line)
        return None

    def wait_for_event(self, name, seconds=30):
        def look():
            found = self.event(name)
            assert found or self.running(), f"it ended with {self._popen.returncode}:\n{self.output()[-2000:]}"
            return found
        return wait_until(look, seconds, f"event {name}; so far:\n{self.output()[-2000:]}", every=0.01)

    def kill(self):
        """SIGKILL: nothing is said, nothing is written."""
        if self.running():
            os.kill(self.pid, signal.SIGKILL)
        self._done()

    def stop(self, seconds=20):
        """SIGTERM, and the exit code of an orderly end."""
        if self.running():
            os.kill(self.pid, signal.SIGTERM)
        try:
            code = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {seconds} s of SIGTERM:\n{self.output()[-2000:]}") from None
        self._done()
        return code

    def _done(self):
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        _alive.discard(self)
