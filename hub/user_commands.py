"""`hub user`: the first administrator, further staff, and the sample people of development."""

import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from hub.auth import Scope
    from hub.identity.service.entering import Entered

Run = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs a body on the open database of the configured hub, and tells refusals in one line."""


class StaffRole(StrEnum):
    """The roles that the command line gives, each for the whole district."""

    ADMINISTRATOR = "administrator"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    CASE_OFFICER = "case_officer"
    MANAGER = "manager"


def user_commands(run: Run) -> typer.Typer:
    """The group of commands, which `hub.cli` adds to its own."""
    app = typer.Typer(help="People who work for the union.", no_args_is_help=True)

    @app.command("create")
    def create(
        *,
        phone: Annotated[str, typer.Option(help="A mobile number of mainland China.")],
        role: Annotated[StaffRole, typer.Option(help="For the whole district.")],
        name: Annotated[str, typer.Option(help="The name to be shown.")] = "",
    ) -> None:
        """Enter somebody who works for the union; prints their second factor, once."""
        _show(run(lambda: _enter(phone, role, name=name)), role)

    @app.command("sample")
    def sample(
        quiet: Annotated[bool, typer.Option("--quiet", help="Do not list them.")] = False,
    ) -> None:
        """Enter the sample people, one a role; in development only."""
        from hub.sample_people import SAMPLE_TOTP_SECRET, enter_sample_people
        from hub.settings import current_settings

        entered = run(lambda: enter_sample_people(current_settings()))
        if quiet:
            return
        console = Console(highlight=False, soft_wrap=True)
        for number, roles in entered.items():
            console.print(f"{number}  {roles}")
        console.print(f"The authenticator secret of all staff among them: {SAMPLE_TOTP_SECRET}")

    return app


async def _enter(phone: str, role: StaffRole, *, name: str) -> "Entered":
    from hub.access.service import Lookups
    from hub.auth import DISTRICT, Grant, Role, operator
    from hub.clock import now
    from hub.identity.queries import disabled_people, person_exists
    from hub.identity.service.entering import Newcomer, enter_person

    async def no_areas(_scope: "Scope") -> tuple["Scope", ...]:
        return ()  # the district lies in nothing further

    newcomer = Newcomer(phone, (Grant(Role(role.value), DISTRICT),), name)
    lookups = Lookups(areas=no_areas, person_exists=person_exists, disabled=disabled_people)
    actor = operator("hub user create", now=now())
    return await enter_person(actor, newcomer, lookups=lookups, now=now())


def _show(entered: "Entered", role: StaffRole) -> None:
    import segno

    from hub.identity.queries import masked_phone

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{masked_phone(entered.person)} has the role {role.value}.")
    if entered.enrolment is None:
        console.print("The second factor they have stays as it is.")
        return
    console.print("\nScan this with an authenticator app now; it is not shown again.\n")
    segno.make(entered.enrolment.uri, micro=False).terminal(out=sys.stdout, compact=True)
    console.print(f"\n{entered.enrolment.uri}", markup=False)
    console.print("\nRecovery codes, each good once, for the day the app is lost:\n")
    for code in entered.recovery_codes:
        console.print(f"  {code}")
