"""The kinds of values in the accounts file: what each looks like, and the sentence for what does not."""

import re
from collections.abc import Callable
from email.utils import parseaddr
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StringConstraints

from bot.accounts.sandbox.moments import Moment, read_moment
from bot.time_zones import UnknownTimeZone, find_time_zone
from models.money import UnknownCurrency, check_currency

_HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def check_email(text: str) -> str:
    """The address, normalised, with its domain in lower case.

    Raises:
        ValueError: it is not an address.
    """
    try:
        # The sandbox sends no mail, so the domains reserved for tests are as good as any.
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{text!r} is not an e-mail address: {error}".rstrip(".")) from error


def _check_zone(name: str) -> str:
    try:
        return find_time_zone(name).key
    except UnknownTimeZone as error:
        raise ValueError(str(error).rstrip(".")) from error


def _check_currency(code: str) -> str:
    try:
        return check_currency(code)
    except UnknownCurrency as error:
        raise ValueError(str(error).rstrip(".")) from error


def _check_host(name: str) -> str:
    if not _HOST_NAME.fullmatch(name.lower()):
        raise ValueError(f"{name!r} is not a host name; write one such as acme.meet.example")
    return name.lower()


def _check_identifier(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} must be letters, digits, dots, hyphens and underscores, such as acme or room-1")
    return name


def short_form(short: type | tuple[type, ...], expand: Callable[[Any], object]) -> BeforeValidator:
    """A validator that turns the short form of a mapping into the long one."""
    return BeforeValidator(lambda value: expand(value) if isinstance(value, short) else value)


def expand_person(text: str) -> dict[str, str]:
    """`Ann Lee <ann@acme.example>` or the address alone."""
    name, address = parseaddr(text)
    return {"email": address or text} | ({"name": name} if name else {})


def _spell(value: object) -> object:
    """The value of a setting as a reader writes it: YAML takes on and off for booleans, and digits for numbers."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int) else value


Amount = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Identifier = Annotated[str, AfterValidator(_check_identifier)]
Email = Annotated[str, AfterValidator(check_email)]
TimeZone = Annotated[str, AfterValidator(_check_zone)]
Currency = Annotated[str, AfterValidator(_check_currency)]
HostName = Annotated[str, AfterValidator(_check_host)]
When = Annotated[Moment, PlainValidator(read_moment)]
SettingValue = Annotated[Text, BeforeValidator(_spell)]
