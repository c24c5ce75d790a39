"""Who began with a form's questions stays with them, for a while."""

from datetime import timedelta

import pytest

from hub.database import recorded_statements
from hub.errors import VersionConflict
from hub.forms.models import Form
from hub.forms.queries import questions_of, questions_to_answer
from hub.forms.rules import EARLIER_VERSIONS_LAST
from hub.forms.service import keep_questions
from tests.factories import enrollment
from tests.factories.identity import NOW

pytestmark = pytest.mark.usefixtures("database")

NEW = [{"slug": "size", "kind": "choice", "label": "衣服尺码", "choices": ["M", "L"]}]


async def changed() -> Form:
    """A form whose first questions were replaced at NOW."""
    form = await enrollment.form()
    before = await questions_of(form.id)
    assert before is not None
    await keep_questions([before], NOW)
    await Form.filter(id=form.id).update(questions=NEW, version=2)
    return form


async def test_the_version_that_one_began_with() -> None:
    form = await changed()
    at = NOW + timedelta(hours=71)
    assert (await questions_to_answer(form.id, 1, now=at)).questions == form.questions
    with recorded_statements() as statements:
        assert (await questions_to_answer(form.id, 2, now=at)).questions == NEW
        assert (await questions_to_answer(form.id, now=at)).version == 2
    assert len(statements) == 2


@pytest.mark.parametrize("version", [1, 3])
async def test_a_version_that_is_no_more(version: int) -> None:
    form = await changed()
    with pytest.raises(VersionConflict) as refusal:
        await questions_to_answer(form.id, version, now=NOW + EARLIER_VERSIONS_LAST)
    assert refusal.value.data["current"] == 2
