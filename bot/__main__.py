"""The command `invitebot`, also `python -m bot`."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvloop

from bot.settings import Settings, SettingsError
from bot.trouble import CannotStart

# Commands import what they need when they are called: `quote` should not wait for a whole bot to be imported.
cli = typer.Typer(
    help="Brings people with an account of their own into your organisation's paid account, through Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _refuse(message: str) -> NoReturn:
    """Say what is wrong, and end with 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def _settings() -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        _refuse(str(error))


def _run(*, web: bool, worker: bool, bring_up_to_date: bool) -> None:
    from bot import app, logs  # noqa: PLC0415

    try:
        settings = _settings().ready_to_run()
        logs.configure(settings.log_format)
        uvloop.run(app.run(settings, web=web, worker=worker, bring_up_to_date=bring_up_to_date))
    except (SettingsError, CannotStart) as error:
        _refuse(str(error))


@cli.command()
def run() -> None:
    """Run the bot: web and worker in one process, bringing the database up to date first."""
    _run(web=True, worker=True, bring_up_to_date=True)


@cli.command()
def web() -> None:
    """Run only what answers Slack; start at least one worker beside it."""
    _run(web=True, worker=False, bring_up_to_date=False)


@cli.command()
def worker() -> None:
    """Run only what sends, reminds and joins; any number may run side by side."""
    _run(web=False, worker=True, bring_up_to_date=False)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    from bot import app, logs  # noqa: PLC0415

    settings = _settings()
    logs.configure(settings.log_format)
    try:
        uvloop.run(app.bring_up_to_date(settings))
    except CannotStart as error:
        _refuse(str(error))
    typer.echo("The database is up to date.")


@cli.command()
def manifest() -> None:
    """Print the Slack app manifest for the settings."""
    from bot.slack.manifest import PLACEHOLDER_URL, registrable  # noqa: PLC0415
    from bot.slack.manifest import manifest as for_settings  # noqa: PLC0415

    settings = _settings()
    left_out = sorted(set(settings.invite_commands) - set(registrable(settings.invite_commands)))
    if left_out:
        typer.echo(f"Left out, because Slack keeps the name for itself: {', '.join(left_out)}.", err=True)
    if settings.slack_app_token is None and settings.public_url is None:
        hint = f"Set PUBLIC_URL to the address at which Slack reaches the bot; {PLACEHOLDER_URL} stands in for it."
        typer.echo(hint, err=True)
    typer.echo(json.dumps(for_settings(settings), indent=2))


@cli.command()
def doctor() -> None:
    """Check settings, database, Slack, account backend and channel, and say how to mend what is wrong."""
    from bot import logs  # noqa: PLC0415
    from bot.doctor import State, examine  # noqa: PLC0415

    settings = _settings()
    logs.configure(settings.log_format)

    async def look() -> bool:
        well = True
        async for finding in examine(settings):
            typer.echo(f"{finding.state:>7}  {finding.subject}: {finding.detail}")
            if finding.advice:
                typer.echo(f"         {finding.advice}")
            well = well and finding.state is not State.WRONG
        return well

    if not uvloop.run(look()):
        raise typer.Exit(1)


@cli.command()
def quote(
    line: Annotated[
        list[str] | None, typer.Option(help="Gross paid, tax, start, end. Minor units; dates, or instants by second.")
    ] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code, such as EUR.")] = "",
    at: Annotated[str, typer.Option(help="The instant of acceptance, with its offset; now if not given.")] = "",
    zone: Annotated[str, typer.Option(help="The billing time zone.")] = "UTC",
    refunded: Annotated[str, typer.Option(help="Refunded before, over all lines. Minor units.")] = "0",
    credit_paid: Annotated[str, typer.Option(help="Paid from account credit, over all lines. Minor units.")] = "0",
    acceptance_day: Annotated[str, typer.Option(help="Whether the day of acceptance is used or unused.")] = "used",
    granularity: Annotated[str, typer.Option(help="Whether to count by day or by second.")] = "day",
) -> None:
    """Answer how much somebody would get back, as one JSON object of whole minor units."""
    from bot.quote import QuoteInputError, answer  # noqa: PLC0415

    try:
        result = answer(
            line or [],
            currency=currency,
            at=at or datetime.now(UTC).isoformat(),
            zone=zone,
            refunded=refunded,
            credit_paid=credit_paid,
            acceptance_day=acceptance_day,
            granularity=granularity,
        )
    except QuoteInputError as error:
        _refuse(str(error))
    typer.echo(json.dumps(result))


@cli.command()
def audit(
    invitation: Annotated[str, typer.Option(help="The id of an invitation, or the address it is for.")] = "",
    *,
    denied: Annotated[bool, typer.Option("--denied", help="Print who was refused what instead.")] = False,
) -> None:
    """Print who did what to an invitation, when, and from where; one JSON object a line."""
    from bot import app  # noqa: PLC0415

    if bool(invitation) is denied:
        _refuse("Say which invitation with --invitation, or ask with --denied who was refused what.")
    try:
        lines = uvloop.run(app.audit_lines(_settings(), invitation or None))
    except CannotStart as error:
        _refuse(str(error))
    if not lines:
        typer.echo(f"Nothing is recorded of {invitation}." if invitation else "Nobody was refused anything.", err=True)
        raise typer.Exit(1)
    for entry in lines:
        typer.echo(json.dumps(entry))


@cli.command()
def demo(
    data: Annotated[Path, typer.Option(help="Where the demo keeps its state.")] = Path(".data/demo"),
    port: Annotated[int, typer.Option(help="Where the page is served.", envvar="PORT")] = 8137,
) -> None:
    """Run everything on embedded defaults, with a Slack workspace in the browser."""
    from bot import logs  # noqa: PLC0415
    from bot.demo import play  # noqa: PLC0415
    from bot.settings import LogFormat  # noqa: PLC0415

    logs.configure(LogFormat.TEXT)
    data.mkdir(parents=True, exist_ok=True)
    try:
        uvloop.run(play(data, port, announce=typer.echo))
    except (CannotStart, SettingsError) as error:
        _refuse(str(error))


def main() -> None:
    """The entry point of `invitebot`."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
