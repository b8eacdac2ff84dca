"""Checks the English of a file: docstrings, comments and messages of Python, all of another file."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath

from deploy.lint.rules import Hit, Rules

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
COMMENT_SIGN = re.compile(r"^\s*(?:#+|//|\*)", re.MULTILINE)


def check_python(file: str, source: str, tree: ast.Module, rules: Rules) -> Iterator[Hit]:
    """Yield the hits in docstrings, comments and names, and outside tests in messages."""
    docstrings = list(_list_docstrings(tree))
    for docstring in docstrings:
        yield from _search(file, docstring.lineno, str(docstring.value), "docstring", rules)
    for line, comment in _list_comments(source):
        yield from _search(file, line, comment, "comment", rules)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _search(file, node.lineno, node.name.replace("_", " "), "name", rules)
    if not file.startswith("tests/"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                yield from _search(file, node.lineno, node.value, "message", rules)


def check_text(file: str, text: str, rules: Rules) -> Iterator[Hit]:
    """Yield the hits in a file that is not Python; code in Markdown does not count."""
    if file.endswith(".md"):
        for pattern in (FENCE, CODE_SPAN):
            text = pattern.sub(_erase, text)
    else:
        text = COMMENT_SIGN.sub(_erase, text)
    rule = "docs" if PurePosixPath(file).suffix == ".md" else "text"
    yield from _search(file, 1, text, rule, rules)


def _search(file: str, first_line: int, text: str, rule: str, rules: Rules) -> Iterator[Hit]:
    covered: set[int] = set()
    for phrase in rules.phrases:
        for match in phrase.pattern.finditer(text):
            # Two phrases that overlap are one hit, of the phrase that comes first in the rules.
            if covered.isdisjoint(range(*match.span())):
                covered.update(range(*match.span()))
                line = first_line + text.count("\n", 0, match.start())
                yield Hit(file, line, rule, " ".join(match[0].split()), phrase.instead, phrase.is_error)


def _list_docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if not isinstance(node, Documented) or not node.body:
            continue
        match node.body[0]:
            case ast.Expr(value=ast.Constant(value=str()) as docstring):
                yield docstring


def _list_comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments with their first line; those on consecutive lines are one text."""
    comments = [
        (token.start[0], token.string.lstrip("#"))
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for _, block in groupby(enumerate(comments), key=lambda each: each[1][0] - each[0]):
        lines = [comment for _, comment in block]
        yield lines[0][0], "\n".join(text for _, text in lines)


def _erase(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
