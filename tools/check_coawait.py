#!/usr/bin/env python3
"""Fails where a coroutine is written in a way that some compiler gets wrong.

g++ 12 destroys temporaries twice when they live in the statement of a co_await, g++ 15 miscompiles a structured
binding of one. Named locals and one co_await a statement are right everywhere, so that is the rule:

 1. One co_await in a statement.
 2. Its operand is a name or a call; the arguments are names, member paths, literals or std::move(name).
 3. No lambda, no braces and no ?: in that statement; no macro around it.
 4. No structured binding of a co_await: bind to a name first.
 5. No co_await in a condition, a loop head or a return: name the result first.
 6. Parameters of a coroutine by value, as a shared_ptr, or a reference to what outlives every coroutine (--owned).
 7. No capturing lambda that is a coroutine.

    check_coawait.py [--owned TYPE]... FILE_OR_FOLDER...
"""
import argparse
import pathlib
import re
import sys

NAME = r"[A-Za-z_]\w*"
PATH = rf"{NAME}(?:(?:\.|->|::){NAME}(?:\(\))?)*"  # member paths; a call without arguments may stand in them
ARGUMENT = re.compile(rf"""^(?:{PATH}|std::move\({PATH}\)|-?\d[\w.']*|"[^"]*"|'[^']*')$""")
OPERAND = re.compile(rf"^({PATH})(?:\((.*)\))?$")
KEYWORD_BEFORE = re.compile(r"\b(if|while|for|switch|do|co_return|return|co_yield|throw)\b")
COROUTINE = re.compile(rf"\b(?:Task|awaitable)<[^;{{}}()]*?>\s+(?:{NAME}::)*({NAME})\s*\(")
LAMBDA_COROUTINE = re.compile(r"\[([^\[\]]+)\]\s*\([^()]*\)\s*(?:mutable\s*)?->\s*(?:\w+::)*(?:Task|awaitable)\b")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    """Comments go; strings become empty of anything that could look like code; lines stay where they are."""
    def literal(match):
        whole = match.group(0)
        if whole.startswith("/"):
            return blank(match)
        return whole[0] + re.sub(r"[^\n]", "_", whole[1:-1]) + whole[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])*\'', literal, text, flags=re.S)


def split_arguments(text):
    depth, start, parts = 0, 0, []
    for index, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return parts + [text[start:].strip()] if text.strip() else []


def statement_around(code, at):
    """From the end of the statement before to its own semicolon, braces and parentheses inside it included."""
    depth, start = 0, at
    while start > 0:
        char = code[start - 1]
        if char in ")]":
            depth += 1
        elif char in "([":
            depth -= 1
        elif char in ";{}" and depth <= 0:
            # An opening brace may begin an initialiser: then what stands before it belongs to the statement.
            if char != "{" or not re.search(r"[\w>=(,]\s*$", code[:start - 1]) or \
                    re.search(r"\b(else|do|try|noexcept|const|mutable|override)\s*$", code[:start - 1]):
                break
        start -= 1
    depth, end = 0, at
    while end < len(code):
        char = code[end]
        depth += (char in "([{") - (char in ")]}")
        if char == ";" and depth <= 0:
            break
        end += 1
    text = code[start:end].strip()
    # `if (ready) co_await x;`: the condition and the statement that it governs are two.
    while match := re.match(r"(?:else\b\s*)?(?:if|while|for|switch)\s*(?:constexpr\s*)?\(", text):
        close, depth = match.end(), 1
        while close < len(text) and depth:
            depth += (text[close] == "(") - (text[close] == ")")
            close += 1
        if "co_await" in text[:close]:
            break
        text = text[close:].strip()
    return re.sub(r"^(?:else|do|(?:case\s+[\w:]+|default)\s*:)\s*", "", text)


def operand_problem(operand):
    match = OPERAND.match(operand)
    if not match:
        return f"the operand is neither a name nor one call: {operand}"
    for argument in split_arguments(match.group(2) or ""):
        if not ARGUMENT.match(argument):
            return f"name this argument in a local first: {argument}"
    return None


def statement_problems(statement):
    if statement.count("co_await") > 1:
        yield "more than one co_await in a statement"
        return
    before, operand = (re.sub(r"\s+", " ", part.strip()) for part in statement.split("co_await"))
    if re.search(r"[\[][^\]]*\][^=]*=\s*$", before) and before.startswith(("auto", "const auto")):
        yield "a structured binding of a co_await: bind to a name first"
        return
    if re.search(r"\[[^\]]*\]\s*[({]", statement):
        yield "a lambda in the statement of a co_await"
        return
    if "{" in statement or "}" in statement:
        yield "braces in the statement of a co_await"
        return
    if "?" in statement:
        yield "?: in the statement of a co_await"
        return
    if KEYWORD_BEFORE.search(before):
        yield "a co_await in a condition, a loop head or a return: name its result first"
        return
    if "(" in before:
        yield "a co_await inside another call or macro: name its result first"
        return
    if before and not before.endswith("="):
        yield f"a co_await inside an expression: name its result first: {before}"
        return
    problem = operand_problem(operand)
    if problem:
        yield problem


def parameter_problems(code, owned):
    for match in COROUTINE.finditer(code):
        close, depth = match.end(), 1
        while close < len(code) and depth:
            depth += (code[close] == "(") - (code[close] == ")")
            close += 1
        for parameter in split_arguments(code[match.end():close - 1]):
            declared = parameter.split("=")[0]
            kind = re.sub(r"\bconst\b|[&\s]", " ", declared).split()
            if "&" in declared and not (kind and kind[0].split("::")[-1] in owned):
                yield match.start(), f"{match.group(1)} takes a reference that may be gone when it resumes: {declared}"
            if re.search(r"\b(string_view|span)\b", declared):
                yield match.start(), f"{match.group(1)} takes a view that may be gone when it resumes: {declared}"
    for match in LAMBDA_COROUTINE.finditer(code):
        yield match.start(), "a capturing lambda that is a coroutine: its captures die with the lambda"


def problems_of(text, owned=()):
    """(line, problem) for each break of a rule in a source text."""
    code = without_comments(text)
    found, seen = [], set()
    for match in re.finditer(r"\bco_await\b", code):
        statement = statement_around(code, match.start())
        for problem in statement_problems(statement):
            line = code.count("\n", 0, match.start()) + 1
            if (statement, problem) not in seen:
                found.append((line, problem))
            seen.add((statement, problem))
    for at, problem in parameter_problems(code, set(owned)):
        found.append((code.count("\n", 0, at) + 1, problem))
    return sorted(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--owned", action="append", default=[], help="a type that outlives every coroutine")
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    files = [file for path in args.paths for file in (sorted(path.rglob("*.[ch]pp")) if path.is_dir() else [path])]
    bad = 0
    for file in files:
        for line, problem in problems_of(file.read_text(), args.owned):
            print(f"{file}:{line}: {problem}", file=sys.stderr)
            bad += 1
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
