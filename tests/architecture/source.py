"""Python files as the house rules see them: a path, a text, a syntax tree, resolved names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub", "schema", "media")
DOMAINS = (
    "access",
    "assets",
    "attendance",
    "audit",
    "certificates",
    "awarding",
    "competitions",
    "contests",
    "directory",
    "editing",
    "enrollment",
    "forms",
    "events",
    "honours",
    "identity",
    "jobs",
    "learning",
    "membership",
    "merchants",
    "progress",
    "quizzes",
    "registry",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file; `path` is relative to the repository and uses slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and full name of everything imported: `from a import b` counts as `a` and `a.b`."""
        found: list[tuple[int, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.append((node.lineno, node.module))
                found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What each imported name stands for: `{"dt": "datetime.datetime"}`."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {
                    alias.asname or alias.name.partition(".")[0]: alias.name
                    if alias.asname
                    else alias.name.partition(".")[0]
                    for alias in node.names
                }
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {
                    alias.asname or alias.name: f"{node.module}.{alias.name}"
                    for alias in node.names
                }
        return found

    def names(self) -> Iterator[tuple[int, str]]:
        """Line and resolved dotted name of every name that is used: `datetime.datetime.now`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute):
                dotted = _dotted(node)
                if dotted:
                    head, dot, rest = dotted.partition(".")
                    yield node.lineno, self.aliases.get(head, head) + dot + rest

    def functions(self) -> Iterator[Function]:
        """Every function and method, inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


def sources(*folders: str) -> list[Source]:
    """The Python files under these folders of the repository."""
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return before and f"{before}.{node.attr}"
    return ""
