"""GraphiQL in a real browser, without any network but the hub itself."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from playwright.sync_api import Page

from tests.schema.toy import SCHEMA, settings
from tests.server import running_server

RESULT = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hub")
    values = settings(data_dir=folder, database_url=f"sqlite://{folder / 'hub.sqlite3'}")
    handlers = list(logging.getLogger().handlers)
    with running_server(values, schema=SCHEMA) as address:
        yield address
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


def test_the_first_query_runs_in_the_browser(address: str, tab: Page) -> None:
    complaints: list[str] = []
    addresses: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: addresses.append(request.url))
    tab.goto(f"{address}/graphql")
    tab.click(".graphiql-execute-button")
    tab.wait_for_function(f"{RESULT}.includes('骑行安全')")
    tab.click('button[aria-label="Show Documentation Explorer"]')
    tab.wait_for_selector(".graphiql-doc-explorer :text('CourseConnection')")
    tab.click('button[aria-label="Open settings dialog"]')
    tab.wait_for_selector(".graphiql-dialog")
    assert complaints == []
    assert all(url.startswith((address, "data:")) for url in addresses), addresses


def test_names_complete_as_one_types(address: str, tab: Page) -> None:
    tab.goto(f"{address}/graphql")
    tab.wait_for_selector(".graphiql-query-editor .CodeMirror")
    with tab.expect_response("**/graphql"):
        tab.reload()
    tab.click(".graphiql-query-editor .CodeMirror")
    tab.keyboard.press("Control+End")
    tab.keyboard.type("query Another { cour")
    tab.wait_for_selector(".CodeMirror-hint:text('courses')")
