"""Everything that has a goal, from an empty folder to the figures, a database at a time."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hub.settings import Settings
from tests.benchmarks.comparing import compare
from tests.benchmarks.content import Amount, Engine, filled
from tests.benchmarks.goals import Compared, Remembered, Scaled
from tests.benchmarks.remembering import remember
from tests.benchmarks.rounds import Plan
from tests.benchmarks.scaling import grow, scale
from tests.benchmarks.servers import postgres_server
from tests.benchmarks.session import database_name

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is measured: ways side by side, memory over `documents`, growth to `lessons`.

    `step` hears what is done, before it is.
    """

    plan: Plan
    amount: Amount
    step: Step
    is_compared: bool = True
    documents: int = 0
    lessons: int = 0

    async def measure(self, engine: Engine) -> list[Compared | Remembered | Scaled]:
        """Make a database on `engine`, fill it, measure, and leave nothing behind."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
            server = None
            if engine is Engine.POSTGRES:
                server = stack.enter_context(postgres_server())
            database = await database_name(server)
            settings = await filled(folder, self.amount, server=server, progress=self._loading)
            return await self._measured(settings, engine, database, server)

    async def _measured(
        self, settings: Settings, engine: Engine, database: str, server: str | None
    ) -> list[Compared | Remembered | Scaled]:
        found: list[Compared | Remembered | Scaled] = []
        if self.is_compared:
            amount, step = self.amount.value, self._step(engine)
            compared = await compare(
                settings, engine, self.plan, database=database, amount=amount, step=step
            )
            found.append(compared)
        if self.documents:
            step = self._step(engine)
            found.append(
                await remember(settings, self.documents, self.plan, database=database, step=step)
            )
        if self.lessons:
            step = self._step(engine)
            grown = await grow(settings, self.lessons, server=server, step=step)
            found += await scale(settings, grown, self.plan, database=database, step=step)
        return found

    def _step(self, engine: Engine) -> Step:
        return lambda what: self.step(f"{engine.value}: {what}")

    def _loading(self, kind: str, done: int, total: int) -> None:
        self.step(f"loading {kind} {done:,} of {total:,}")
