"""Documents that mean harm, up to 64 KB, made from a seed: bombs, floods, overlaps, nonsense."""

import random
from collections.abc import Callable
from typing import Final

BYTES_MAX: Final = 64 * 1024

_FIELDS = [
    "courses",
    "nodes",
    "edges",
    "lessons",
    "id",
    "title",
    "parent",
    "tags",
    "node",
    "cursor",
    "slow",
    "echo",
    "failures",
    "__typename",
    "unknown",
    "__schema",
    "types",
    "fields",
    "type",
    "ofType",
    "name",
]
_TYPES = ("Query", "Course", "Lesson", "CourseConnection", "Mutation", "Unknown", "__Type")
_ARGUMENTS = (
    *("",) * 3,
    "(first: 100)",
    "(first: $a)",
    "(first: 99999999999999999999)",
    "(first: -1)",
    "(first: null)",
    "(first: 1.5)",
    '(title: "a")',
    "(x: {a: [1, 2]})",
)
_DIRECTIVES = ("", "", "", "@skip(if: true)", "@include(if: $b)", "@unknown")
_OPERATIONS = ("", "query A", "query A($a: Int = 3, $b: Boolean = true)", "mutation M")

_FLOODS = (
    *("a ", "{", "}", "[", "(", '"', '"""', '""', "#\n", "a: b ", "$a ", "1 ", "1e9 ", "- "),
    *("...f0 ", "@skip(if: true)", "a(x: 1) ", "\\u0000", "课", "\ud7ff", ",", "\n", "id title "),
    *("courses { nodes { id } } ", "... on Query { id } ", "courses(first: 5) { nodes { id } } "),
)
_OPENINGS = ("", "{", "query(", "{ courses(title: ", "{ courses(title: [", "{ courses { nodes { ")
_CLOSINGS = ("", "}", "} } }", ") }")

Random = random.Random


def hostile_document(seed: int) -> str:
    """The document of this seed; the same one on every run."""
    source = Random(seed)
    text = source.choice(_KINDS)(source)
    return text.encode()[:BYTES_MAX].decode(errors="ignore")


def grammar(source: Random) -> str:
    """Well-formed documents of random fields, arguments, directives and fragments."""
    budget = [source.choice([20, 200, 1_000, 4_000])]
    count = source.choice([1, 1, 1, 3, 150])
    operations = [
        f"{source.choice(_OPERATIONS)} {{ {_selections(source, depth, budget=budget)} }}"
        for depth in source.choices([2, 5, 12, 40], k=count)
    ]
    fragments = [
        f"fragment f{i} on {source.choice(_TYPES)} {{ {_selections(source, 3, budget=budget)} }}"
        for i in range(source.choice([0, 2, 30]))
    ]
    return " ".join(operations + fragments)


def _selections(source: Random, depth: int, *, budget: list[int]) -> str:
    found = []
    for _ in range(source.choice([1, 2, 3, 8, 30])):
        budget[0] -= 1
        if budget[0] < 0:
            break
        found.append(_selection(source, depth, budget=budget))
    return " ".join(found) or "id"


def _selection(source: Random, depth: int, *, budget: list[int]) -> str:
    roll = source.random()
    if roll < 0.15:
        return f"...f{source.randrange(30)}"
    if roll < 0.25 and depth > 0:
        inner = _selections(source, depth - 1, budget=budget)
        return f"... on {source.choice(_TYPES)} {{ {inner} }}"
    alias = source.choice(["", "", "", f"a{source.randrange(100)}: "])
    field = alias + source.choice(_FIELDS) + source.choice(_ARGUMENTS) + source.choice(_DIRECTIVES)
    if depth > 0 and source.random() < 0.6:
        return f"{field} {{ {_selections(source, depth - 1, budget=budget)} }}"
    return field


def fragment_bomb(source: Random) -> str:
    """Fragments that each spread the next one several times."""
    length, width = source.randrange(2, 700), source.choice([2, 2, 3, 50])
    links = (f"fragment f{i} on Query {{{f' ...f{i + 1}' * width} }}" for i in range(length))
    last = f"fragment f{length} on Query {{ courses {{ nodes {{ id }} }} }}"
    return f"{{ ...f0 }} {' '.join(links)} {last}"


def flood(source: Random) -> str:
    """One short text thousands of times."""
    unit = source.choice(_FLOODS)
    count = source.randrange(1, BYTES_MAX // len(unit.encode()))
    return source.choice(_OPENINGS) + unit * count + source.choice(_CLOSINGS)


def deep(source: Random) -> str:
    """Selections or values inside one another."""
    opening, closing = source.choice(
        [
            ("{ courses", "}"),
            ("{ courses { nodes", "} }"),
            ("{ ... on Query", "}"),
            ("{ courses(title: [", "]) { nodes } }"),
            ("{ courses(title: {a: ", "}) { nodes } }"),
        ]
    )
    count = source.randrange(1, 4_000)
    return opening * count + "{ id }" + closing * count


def numbered(source: Random) -> str:
    """Thousands of different names."""
    unit = source.choice(
        [
            "x{} ",
            "x{}: id ",
            "id(a{}: 1) ",
            "...g{} ",
            'courses(title: "{}") {{ nodes {{ id }} }} ',
            "a{}: courses {{ nodes {{ id }} }} ",
            "courses(first: {}) {{ nodes {{ id }} }} ",
        ]
    )
    return "{ " + "".join(unit.format(i) for i in range(source.randrange(1, 4_000))) + "}"


def definitions(source: Random) -> str:
    """Thousands of operations or fragments."""
    unit = source.choice(
        [
            "query q{} {{ courses {{ nodes {{ id }} }} }}",
            "fragment f{} on Query {{ courses {{ nodes {{ id }} }} }}",
            "query q{}($a: Int) {{ ...a }}",
            "{{ id }}",
            "mutation m{} {{ signIn }}",
            "type T{} {{ a: Int }}",
        ]
    )
    count = source.randrange(1, 2_500)
    tail = " fragment a on Query { courses { nodes { id } } }"
    return " ".join(unit.format(i) for i in range(count)) + tail


def overlapping(source: Random) -> str:
    """Fields under one name, which validation compares pair by pair."""
    unit = source.choice(
        [
            "courses {{ nodes {{ id }} }} ",
            "courses(first: {}) {{ nodes {{ id }} }} ",
            "courses {{ nodes {{ lessons {{ nodes {{ id }} }} }} }} ",
            "... on Query {{ courses {{ nodes {{ id title }} }} }} ",
            "a: echo a: slow ",
        ]
    )
    return "{ " + "".join(unit.format(i) for i in range(source.randrange(2, 1_000))) + "}"


def just_inside(source: Random) -> str:
    """Nearly as much as is allowed, with one mistake at the end."""
    if source.random() < 0.5:
        unit = "... on Query { courses(first: $a) { nodes { id title } } } "
        return "query($a: Int) { " + unit * source.randrange(100, 200) + "unknown }"
    units = ["id ", "title ", "tags ", "... on Course { id } ", "parent { id } "]
    chosen = "".join(source.choice(units) for _ in range(source.randrange(100, 900)))
    return f"{{ courses {{ nodes {{ {chosen} }} unknown }} }}"


def components(source: Random) -> str:
    """Many fragments side by side that select the same."""
    count = source.randrange(2, 98)
    inner = source.choice(
        [
            "id title",
            "id title parent {{ id title }}",
            "lessons {{ nodes {{ id title }} }}",
            "id title parent {{ ...f{} }}",
        ]
    )
    spreads = " ".join(f"...f{i}" for i in range(count))
    fragments = " ".join(
        f"fragment f{i} on Course {{ {inner.format((i * 7 + 1) % count)} }}" for i in range(count)
    )
    return f"{{ courses {{ nodes {{ {spreads} }} }} }} {fragments}"


def noise(source: Random) -> str:
    """Characters."""
    ranges = ((32, 127), (0, 0x3000))
    count = source.randrange(BYTES_MAX // 3)
    return "".join(chr(source.randrange(*source.choice(ranges))) for _ in range(count))


_KINDS: tuple[Callable[[Random], str], ...] = (
    grammar,
    grammar,
    fragment_bomb,
    flood,
    deep,
    numbered,
    definitions,
    overlapping,
    just_inside,
    components,
    noise,
)
