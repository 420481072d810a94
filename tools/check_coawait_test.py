#!/usr/bin/env python3
"""The lint of coroutines against what compilers were seen to get wrong, and against what they get right."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from check_coawait import problems_of  # noqa: E402

BAD = {
    "capturing lambda as argument": "co_await f([x] { use(x); });",
    "lambda without captures": "co_await f([] { use(); });",
    "lambda with a capture default and arguments": "auto r = co_await f(1, [=](int a) { return a; });",
    "aggregate as argument": "co_await f(Agg{1, 2});",
    "braced argument": "co_await f({1, 2});",
    "designated argument": "co_await f({.a = 1});",
    "nested list": 'co_await f({{"k", "v"}});',
    "aggregate of awaits": "Agg a{co_await g(), co_await h()};",
    "aggregate of one await": "Agg a{co_await g()};",
    "designated aggregate": "Agg a = {.x = co_await g()};",
    "vector of awaits": "std::vector<T> v{co_await a(), co_await b()};",
    "conditional await": "auto x = c ? T(co_await g()) : T();",
    "conditional argument": "co_await f(c ? A() : B());",
    "conditional return": "co_return c ? T{co_await g()} : T{};",
    "builder chain": "co_await Builder{1}.set(T{2}).go();",
    "builder chain without braces": "co_await Builder(1).set(2).go();",
    "statement expression": "auto x = ({ auto r = co_await g(); r; });",
    "macro around it": "TRY(co_await g());",
    "two in one statement": "auto x = co_await a() + co_await b();",
    "nested": "co_await f(co_await g());",
    "structured binding": "auto [problem, count] = co_await f(x);",
    "structured binding by reference": "const auto& [problem, count] = co_await f(x);",
    "structured binding over lines": "auto [a,\n  b] =\n  co_await f(x);",
    "condition": "if (co_await f(x)) go();",
    "loop head": "while (co_await f(x)) { go(); }",
    "return": "co_return co_await f(x);",
    "temporary as argument": "co_await f(std::string(x));",
    "sum as argument": "co_await f(x + 1);",
    "dereference as argument": "co_await f(std::move(*x));",
    "member of an await": "auto x = (co_await f(y)).size();",
    "after a call": "use(co_await f(x));",
    "after else": "if (a) { b(); } else co_await f(T{});",
    "behind a condition": "if (a) co_await f(T{});",
}

GOOD = {
    "call of names": "co_await f(core, connection, std::move(head));",
    "no arguments": "co_await f();",
    "a name": "co_await task;",
    "member path": "auto r = co_await connection->stream.socket().async_read_some(space, kAsValue);",
    "assignment": "next = co_await f(x);",
    "constants": 'co_await f(1, 0x10, 1\'000, "a, {b}?", \'c\', Kind::kSend, -1);',
    "behind a condition": "if (is_sent) co_await linger(connection);",
    "behind else": "if (a) b(); else co_await linger(connection);",
    "in a loop": "for (int i = 0; i < 3; ++i) co_await f(i);",
    "named tuple bound afterwards": "const auto result = co_await f(x);\nconst auto& [problem, count] = result;",
    "after a block": "if (a) { b(); }\nco_await f(x);",
    "in a block after a lambda": "auto g = [] { return 1; };\nco_await f(g);",
    "over lines": "const auto result =\n    co_await asio::async_write(stream,\n                               piece, kAsValue);",
    "a comment": "// co_await f(T{});\n/* co_await f([x]{}) */ go();",
    "a string": 'log("co_await f(T{})");',
}


def body(statement):
    return "Task<void> run(std::shared_ptr<Thing> thing) {\n" + statement + "\n}\n"


class CoAwait(unittest.TestCase):
    def test_flags_every_shape_that_a_compiler_was_seen_to_miscompile(self):
        for name, statement in BAD.items():
            with self.subTest(name):
                self.assertTrue(problems_of(body(statement)), statement)

    def test_passes_the_shapes_that_are_right(self):
        for name, statement in GOOD.items():
            with self.subTest(name):
                self.assertEqual(problems_of(body(statement)), [], statement)

    def test_names_the_line(self):
        self.assertEqual([line for line, _ in problems_of("\n\n" + body("\nco_await f(T{});"))], [5])

    def test_flags_parameters_that_may_be_gone(self):
        for parameter in ("const std::string& text", "std::string_view text", "std::span<int> numbers", "Thing& thing",
                          "std::string&& text", "int a, const Thing& b"):
            with self.subTest(parameter):
                self.assertTrue(problems_of(f"Task<void> run({parameter});"))
                self.assertTrue(problems_of(f"asio::awaitable<int, Executor> run({parameter}) {{}}"))

    def test_passes_parameters_that_stay(self):
        for parameter in ("", "std::string text", "std::shared_ptr<const Thing> thing", "Core& core, int a",
                          "const Core& core", "ConnectionPtr connection, Clock::time_point deadline"):
            with self.subTest(parameter):
                self.assertEqual(problems_of(f"Task<void> run({parameter});", owned=["Core"]), [])

    def test_flags_a_capturing_lambda_that_is_a_coroutine(self):
        self.assertTrue(problems_of("auto f = [this](int a) -> Task<void> { co_return; };"))
        self.assertEqual(problems_of("auto f = [](int a) -> Task<void> { co_return; };"), [])

    def test_says_so_by_its_exit_code(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "a.cpp"
            def run(text):
                file.write_text(body(text))
                command = [sys.executable, HERE / "check_coawait.py", folder]
                return subprocess.run(command, capture_output=True, check=False).returncode
            self.assertEqual(run("co_await f(x);"), 0)
            self.assertEqual(run("co_await f(T{});"), 1)
            file.unlink()
            command = [sys.executable, HERE / "check_coawait.py", folder]
            # Nothing looked at is not "nothing found": a folder that moved must not pass.
            self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
