"""Checks the names of functions and the identifiers of one Python module."""

import ast
from collections.abc import Iterator

from deploy.lint.rules import Functions, Hit, Rules

Function = ast.FunctionDef | ast.AsyncFunctionDef
BOOLEANS = {"bool", "TypeGuard", "TypeIs"}
# A noun followed by one of these: `name_of`, `code_for`.
PREPOSITIONS = {"of", "for", "in", "at", "by", "from", "to", "with", "on"}


def check_names(file: str, tree: ast.Module, rules: Rules) -> Iterator[Hit]:
    """Yield the hits among the names that a module binds."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _check_function(file, node, rules.functions)
        for name, line in _list_bindings(node):
            if (rule := rules.identifiers.get(name.strip("_"))) is not None:
                yield Hit(file, line, "identifier", name, *rule)


def _check_function(file: str, node: Function, rules: Functions) -> Iterator[Hit]:
    name = node.name.strip("_")
    if node.name.startswith(("__", "test_", "visit_", "do_")) or name in rules.dictated or not name:
        return
    is_value = bool(_list_decorators(node) & rules.value_decorators)
    first, _, rest = name.partition("_")
    if _is_boolean(node) and not is_value:
        if first not in rules.bool_prefixes and name not in rules.bool_commands:
            prefixes = "_, ".join(sorted(rules.bool_prefixes))
            yield Hit(file, node.lineno, "boolean", node.name, f"{prefixes}_ (or bool_commands, if it acts)")
    elif is_value or first in rules.prefixes:
        return
    elif not rest and _is_participle(first, rules):
        yield Hit(file, node.lineno, "participle", node.name, "verb + noun")
    elif first in rules.with_object:
        if not rest or rest.partition("_")[0] in PREPOSITIONS:
            yield Hit(file, node.lineno, "noun", node.name, "verb + noun")
    elif first in rules.warnings:
        yield Hit(file, node.lineno, "weak-verb", node.name, rules.warnings[first], is_error=False)
    elif first not in rules.verbs:
        rule = "verb-first" if rest else "noun"
        instead = rules.instead.get(name) or rules.instead.get(first, "verb + noun")
        yield Hit(file, node.lineno, rule, node.name, instead)


def _is_participle(word: str, rules: Functions) -> bool:
    return word in rules.participles or (word.endswith("ed") and word not in rules.no_participles)


def _is_boolean(node: Function) -> bool:
    returns = node.returns.value if isinstance(node.returns, ast.Subscript) else node.returns
    return isinstance(returns, ast.Name) and returns.id in BOOLEANS


def _list_decorators(node: Function) -> set[str]:
    names = set()
    for decorator in node.decorator_list:
        expression = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(expression, ast.Attribute):
            names.add(expression.attr)
        elif isinstance(expression, ast.Name):
            names.add(expression.id)
    return names


def _list_bindings(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case (
            ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name)
        ):
            yield name, node.lineno
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, node.lineno
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, node.lineno
        case ast.alias(asname=str(name)):
            yield name, node.lineno
        case _:
            return
