"""Running a plan: level by level, each field once for all its parents.

A level is a list of steps: parents of one type with their answers. The fields that need not wait
are done at once and add steps to the same level; those that wait are asked together, and what they
give makes the next level. Nothing but a field that waits costs a coroutine.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLError
from graphql.pyutils import is_iterable

from schema.execution.arguments import Bound
from schema.execution.failures import Failures, null_refused
from schema.execution.info import Resolving
from schema.execution.leaves import NullNotAllowed, complete_leaf, is_inline
from schema.execution.objects import by_type, of_declared_type
from schema.execution.plan import FieldPlan, FieldSet, Plan, Selection, Shape, Source

Answer = dict[str, Any]
Container = dict[str, Any] | list[Any]


@dataclass(slots=True)
class Step:
    """Parents of one type whose nested fields come next, aligned with their answers.

    `selection` is where they were selected: fields of the same selection that are resolved alike
    share one call, whatever types their parents have.
    """

    fields: FieldSet
    nested: Sequence[FieldPlan]
    parents: list[Any]
    answers: list[Answer]
    selection: Selection | None


@dataclass(slots=True)
class Question:
    """A field of some parents that has to be waited for."""

    field: FieldPlan
    parents: list[Any]
    parts: list[Step]
    values: Sequence[Any] = ()


class Run:
    """One execution of a plan."""

    def __init__(
        self,
        plan: Plan,
        bound: Bound,
        *,
        resolving: Resolving,
        root_value: Any = None,
        is_concurrent: bool = True,
    ) -> None:
        self._plan = plan
        self._bound = bound
        self._resolving = resolving
        self._root_value = root_value
        self._is_concurrent = is_concurrent
        self._failures = Failures()
        self._steps: list[Step] = []

    async def result(self) -> ExecutionResult:
        """The data and the errors of the operation; what fields raise is in the errors."""
        root = self._plan.root
        answers = self._built(root, [self._root_value])
        turns = [(field,) for field in root.fields] if self._plan.is_serial else [root.fields]
        errors: list[GraphQLError] = []
        for fields in turns:
            nested = [field for field in fields if not is_inline(field)]
            self._steps.append(Step(root, nested, [self._root_value], answers, None))
            await self._walk()
            if self._failures:
                is_nulled, found = self._failures.settle(answers[0], fields)
                errors += found
                if is_nulled:  # and no further mutation is begun
                    return ExecutionResult(None, errors)
        return ExecutionResult(answers[0], errors or None)

    async def _walk(self) -> None:
        while self._steps:
            questions = self._level()
            if not questions:
                return
            await self._ask(questions)
            for question in questions:
                self._hand_out(question)

    def _level(self) -> list[Question]:
        """Do what need not wait; returns what has to be asked."""
        questions: dict[object, list[Question]] = {}
        for step in self._steps:  # which grows meanwhile
            for field in step.nested:
                if field.waits:
                    self._gather(questions, field, step)
                else:
                    self._complete(field, self._gotten(field, step.parents), step.answers)
        self._steps = []
        return [question for group in questions.values() for question in group]

    def _gotten(self, field: FieldPlan, parents: Sequence[Any]) -> list[Any]:
        """The values of a field that need not be waited for."""
        if field.source is not Source.CALLED:
            return _each(field.get, parents)
        arguments = self._bound.converted(field)
        if isinstance(arguments, Exception):
            return [arguments] * len(parents)
        return _each(partial(field.get, **arguments), parents)

    def _gather(
        self, questions: dict[object, list[Question]], field: FieldPlan, step: Step
    ) -> None:
        """Ask with what is resolved alike at the same place, or as a question of its own."""
        place = (step.selection, field.key, field.get)
        alike = questions.setdefault(place, [])
        if step.selection is not None and field.source is Source.BATCH:
            arguments = self._bound.converted(field)
            for question in alike:
                if self._bound.converted(question.field) == arguments:
                    question.parents = question.parents + step.parents
                    question.parts.append(step)
                    return
        alike.append(Question(field, step.parents, [step]))

    def _hand_out(self, question: Question) -> None:
        start = 0
        for step in question.parts:
            end = start + len(step.parents)
            field = question.field
            if len(question.parts) > 1:
                field = next(each for each in step.nested if each.key == field.key)
            self._complete(field, question.values[start:end], step.answers)
            start = end

    async def _ask(self, questions: Sequence[Question]) -> None:
        if self._is_concurrent and len(questions) > 1:
            await asyncio.gather(*(self._answer(question) for question in questions))
            return
        for question in questions:
            await self._answer(question)

    async def _answer(self, question: Question) -> None:
        field, parents = question.field, question.parents
        if field.source is Source.RESOLVER:
            question.values = await self._one_by_one(field, parents)
            return
        arguments = self._bound.converted(field)
        if isinstance(arguments, Exception):
            question.values = [arguments] * len(parents)
            return
        try:
            values = await field.get(parents, self._resolving.field_info(field), **arguments)
            if len(values) != len(parents):
                raise RuntimeError(f"{field.parent_type}.{field.name}: not a value a parent")
        except Exception as error:  # noqa: BLE001 - told to every parent
            values = [error] * len(parents)
        question.values = values

    async def _one_by_one(self, field: FieldPlan, parents: Sequence[Any]) -> Sequence[Any]:
        arguments = self._bound.coerced(field)
        if isinstance(arguments, Exception):
            return [arguments] * len(parents)
        info = self._resolving.core_info(field)
        values = _each(lambda parent: field.get(parent, info, **arguments), parents)
        waiting = [index for index, value in enumerate(values) if isinstance(value, Awaitable)]
        if len(waiting) == 1:
            values[waiting[0]] = await _caught(values[waiting[0]])
        elif waiting:
            found = await asyncio.gather(*(_caught(values[index]) for index in waiting))
            for index, value in zip(waiting, found, strict=True):
                values[index] = value
        return values

    def _complete(self, field: FieldPlan, values: Sequence[Any], answers: list[Answer]) -> None:
        """Put the values of a field into the answers of its parents."""
        keys = [field.key] * len(answers)
        item = field.shape.item
        is_list = item is not None and item.item is None and field.selection is not None
        if is_list and self._listed(field, values, answers):
            return
        self._placed(field, field.shape, values=values, containers=answers, keys=keys)

    def _listed(self, field: FieldPlan, values: Sequence[Any], answers: list[Answer]) -> bool:
        """The short way of lists of objects where every value is a list without gaps."""
        selection = field.selection
        assert selection is not None, "objects"
        if selection.only is None or any(value.__class__ is not list for value in values):
            return False
        rows = [row for value in values for row in value]
        if not of_declared_type(selection.only.type, rows, resolving=self._resolving, field=field):
            return False
        built = self._step(selection.only, rows, selection)
        start = 0
        for value, answer in zip(values, answers, strict=True):
            answer[field.key] = built[start : start + len(value)]
            start += len(value)
        return True

    def _placed(
        self,
        field: FieldPlan,
        shape: Shape,
        *,
        values: Sequence[Any],
        containers: Sequence[Container],
        keys: Sequence[str | int],
    ) -> None:
        """Complete each value and put it at its key of its container."""
        places = []
        present = []
        for value, container, key in zip(values, containers, keys, strict=True):
            if value is None:
                self._null(field, shape, container, key)
            elif isinstance(value, Exception):
                self._failures.note(container, key, error=value)
            else:
                places.append((container, key))
                present.append(value)
        if shape.item is not None:
            self._lists(field, shape.item, present, places)
        elif field.selection is None:
            self._leaves(field, shape, present, places)
        else:
            self._objects(field, field.selection, present, places)

    def _null(self, field: FieldPlan, shape: Shape, container: Container, key: Any) -> None:
        container[key] = None
        if shape.is_non_null:
            self._failures.note(container, key, error=null_refused(field))

    def _lists(
        self,
        field: FieldPlan,
        item: Shape,
        values: Sequence[Any],
        places: Sequence[tuple[Container, Any]],
    ) -> None:
        flat: list[Any] = []
        containers: list[Container] = []
        keys: list[int] = []
        for value, (container, key) in zip(values, places, strict=True):
            if not is_iterable(value):
                self._failures.note(container, key, error=not_iterable(field))
                continue
            items = list(value)
            made: list[Any] = [None] * len(items)
            container[key] = made
            flat += items
            containers += [made] * len(items)
            keys += range(len(items))
        if flat:
            self._placed(field, item, values=flat, containers=containers, keys=keys)

    def _leaves(
        self,
        field: FieldPlan,
        shape: Shape,
        values: Sequence[Any],
        places: Sequence[tuple[Container, Any]],
    ) -> None:
        for value, (container, key) in zip(values, places, strict=True):
            self._leaf(field, shape, value=value, container=container, key=key)

    def _leaf(
        self, field: FieldPlan, shape: Shape, *, value: Any, container: Container, key: Any
    ) -> None:
        try:
            container[key] = complete_leaf(shape, value)
        except NullNotAllowed:
            self._failures.note(container, key, error=null_refused(field))
        except Exception as error:  # noqa: BLE001 - told as an error of the field
            self._failures.note(container, key, error=error)

    def _objects(
        self,
        field: FieldPlan,
        selection: Selection,
        values: Sequence[Any],
        places: Sequence[tuple[Container, Any]],
    ) -> None:
        for fields, indexes in by_type(
            field, selection, values=values, resolving=self._resolving, failed=self._failed(places)
        ):
            built = self._step(fields, [values[index] for index in indexes], selection)
            for index, answer in zip(indexes, built, strict=True):
                container, key = places[index]
                container[key] = answer
                if selection.only is None:
                    self._failures.remember(answer, fields)

    def _failed(self, places: Sequence[tuple[Container, Any]]) -> Callable[[int, Exception], None]:
        def failed(index: int, error: Exception) -> None:
            self._failures.note(*places[index], error=error)

        return failed

    def _step(self, fields: FieldSet, rows: list[Any], selection: Selection) -> list[Answer]:
        """The answers of rows of one type; what is nested in them is a step of this level."""
        built = self._built(fields, rows)
        if fields.nested and rows:
            self._steps.append(Step(fields, fields.nested, rows, built, selection))
        return built

    def _built(self, fields: FieldSet, rows: list[Any]) -> list[Answer]:
        try:
            return fields.build(rows)
        except Exception:  # noqa: BLE001 - found again, and told, one leaf at a time
            return [self._built_carefully(fields, row) for row in rows]

    def _built_carefully(self, fields: FieldSet, row: Any) -> Answer:
        """One answer, leaf by leaf: what fails is noted under its field."""
        answer: Answer = dict.fromkeys(field.key for field in fields.fields)
        for field in fields.fields:
            if field.source is Source.TYPENAME:
                answer[field.key] = field.parent_type.name
            elif is_inline(field):
                (value,) = _each(field.get, [row])
                self._leaf(field, field.shape, value=value, container=answer, key=field.key)
        return answer


def _each(get: Callable[[Any], Any], parents: Sequence[Any]) -> list[Any]:
    """The value of every parent; what is raised stands in its place."""
    try:
        return [get(parent) for parent in parents]
    except Exception:  # noqa: BLE001 - one of them failed: which?
        return [_tried(get, parent) for parent in parents]


def _tried(get: Callable[[Any], Any], parent: Any) -> Any:
    try:
        return get(parent)
    except Exception as error:  # noqa: BLE001 - told as an error of the field
        return error


async def _caught(waiting: Awaitable[Any]) -> Any:
    try:
        return await waiting
    except Exception as error:  # noqa: BLE001 - told as an error of the field
        return error


def not_iterable(field: FieldPlan) -> Exception:
    """What graphql-core says of a value that is no list where one is declared."""
    place = f"{field.parent_type.name}.{field.name}"
    return GraphQLError(f"Expected Iterable, but did not find one for field '{place}'.")
