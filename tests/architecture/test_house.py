"""Every house rule: over the tree, against a bad example, and with exceptions that are needed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from statistics import median, quantiles

import pytest

from tests.architecture import rules
from tests.architecture.source import PACKAGES, Source, sources

Check = Callable[[Source], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """A check, where it holds, a file that breaks it, and who may break it for what reason."""

    check: Check
    bad: Source
    folders: tuple[str, ...] = (*PACKAGES, "tests")
    exceptions: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.check.__name__

    def excuses(self, source: Source) -> bool:
        return any(fnmatch(source.path, pattern) for pattern in self.exceptions)


RULES = (
    Rule(
        rules.too_long,
        Source("hub/things.py", "x = 1\n" * 401),
        exceptions={"hub/migrations/*": "the ORM writes a migration from the models in one piece"},
    ),
    Rule(rules.init_with_code, Source("hub/things/__init__.py", '"""Things."""\n\nX = 1\n')),
    Rule(rules.vague_name, Source("hub/utils.py", "")),
    Rule(rules.strange_domain_file, Source("hub/learning/managers.py", "")),
    Rule(
        rules.foreign_models,
        Source("hub/honours/queries.py", "from hub.directory import models\n"),
        folders=("hub",),
    ),
    Rule(
        rules.asks_the_time,
        Source("hub/things.py", "import datetime as dt\n\nX = dt.datetime.now(dt.UTC)\n"),
        exceptions={"hub/clock.py": "the one place that asks the time"},
    ),
    Rule(
        rules.bare_transaction,
        Source("hub/things.py", "from tortoise.transactions import in_transaction\n"),
    ),
    Rule(
        rules.schema_transaction,
        Source("schema/things.py", "from hub import database\n\nX = database.transaction\n"),
        folders=("schema",),
    ),
    Rule(
        rules.resolver_catches,
        Source("schema/learning.py", "try:\n    x()\nexcept ValueError:\n    pass\n"),
        folders=("schema",),
    ),
    Rule(
        rules.module_state,
        Source("hub/things.py", "_seen = {}\n\n\ndef see(x: str) -> None:\n    _seen[x] = 1\n"),
        folders=PACKAGES,
        exceptions={
            "hub/database.py": "_running holds the transactions that a shutdown waits for",
            "hub/settings.py": "_installed is the one holder of the process's settings",
            "schema/relay.py": "_listings is filled while the types are defined, then only read",
        },
    ),
    Rule(
        rules.works_at_import,
        Source("hub/things.py", "from pathlib import Path\n\nX = Path('x').read_text()\n"),
        folders=PACKAGES,
    ),
    Rule(
        rules.many_positional,
        Source("hub/things.py", "def move(a: int, b: int, c: int) -> None: ...\n"),
        folders=PACKAGES,
        exceptions={"hub/limiting.py": "a storage of `limits` has the library's signatures"},
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    found = {
        f"{source.path}: {finding}"
        for source in sources(*rule.folders)
        if not rule.excuses(source)
        for finding in rule.check(source)
    }
    assert not found, f"{rule.check.__doc__}\n" + "\n".join(sorted(found))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_rule_can_be_broken(rule: Rule) -> None:
    assert list(rule.check(rule.bad))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.exceptions], ids=str)
def test_every_exception_is_needed(rule: Rule) -> None:
    broken = [source.path for source in sources(*rule.folders) if list(rule.check(source))]
    for pattern, reason in rule.exceptions.items():
        assert reason
        assert any(fnmatch(path, pattern) for path in broken), pattern


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (rules.asks_the_time, "hub/a.py", "from datetime import date\n\nX = date.today()\n"),
        (rules.asks_the_time, "hub/a.py", "from time import time as t\n\nX = t()\n"),
        (rules.foreign_models, "hub/events/service.py", "from hub.learning.models import Course\n"),
        (rules.foreign_models, "hub/events/service.py", "import hub.learning.models\n"),
        (rules.bare_transaction, "hub/a.py", "import tortoise.transactions as t\n"),
        (rules.schema_transaction, "schema/a.py", "from hub.database import transaction\n"),
        (rules.init_with_code, "hub/a/__init__.py", ""),
        (rules.module_state, "hub/a.py", "def f() -> None:\n    global x\n    x = 1\n"),
        (rules.module_state, "hub/a.py", "_seen = set()\n\n\ndef f() -> None:\n    _seen.add(1)\n"),
        (rules.works_at_import, "hub/a.py", "X = open('x')\n"),
        (rules.vague_name, "schema/common/scalars.py", ""),
    ],
)
def test_other_ways_to_break_a_rule(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text)))


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (rules.asks_the_time, "hub/a.py", "import time\n\nX = time.perf_counter()\n"),
        (rules.asks_the_time, "hub/a.py", "from hub.clock import now\n\nX = now()\n"),
        (rules.foreign_models, "hub/events/queries.py", "from hub.events.models import Event\n"),
        (rules.foreign_models, "hub/events/queries.py", "from hub.learning import queries\n"),
        (rules.bare_transaction, "hub/a.py", "from hub.database import transaction\n"),
        (rules.module_state, "hub/a.py", "_orders = {'a': 1}\n\nX = _orders['a']\n"),
        (rules.module_state, "hub/a.py", "def f() -> None:\n    found = []\n"),
        (rules.works_at_import, "hub/a.py", "def f() -> None:\n    open('x')\n"),
        (rules.many_positional, "hub/a.py", "def f(a: int, b: int, *, c: int) -> None: ...\n"),
        (rules.many_positional, "hub/a.py", "async def f(scope, receive, send): ...\n"),
    ],
)
def test_what_is_allowed(check: Check, path: str, text: str) -> None:
    assert not list(check(Source(path, text)))


def test_most_functions_and_files_are_short() -> None:
    files = [source for source in sources(*PACKAGES) if "/migrations/" not in source.path]
    functions = [
        (function.end_lineno or function.lineno) - function.lineno + 1
        for source in files
        for function in source.functions()
    ]
    lines = [source.text.count("\n") for source in files if not source.path.endswith("__init__.py")]
    assert median(functions) < 10
    assert quantiles(functions, n=10)[-1] < 30
    assert median(lines) < 200
