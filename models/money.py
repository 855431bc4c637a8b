"""Amounts of money: whole minor units and an ISO 4217 currency (features.md, R1)."""

from dataclasses import dataclass

from babel import Locale

# ISO 4217 gives every currency a number of decimals. Babel's CLDR data gives how many are customarily
# shown, which differs for some (IQD: 3 and 0), so the standard's exceptions to "two" are listed here.
_EXPONENTS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"], 0
    ),
    **dict.fromkeys(["XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_KNOWN_CURRENCIES = frozenset(Locale("en").currencies)


class UnknownCurrency(ValueError):
    """The code is not an ISO 4217 currency."""


def check_currency(code: str) -> str:
    """Return `code` if it is an ISO 4217 currency code in capitals.

    Raises:
        UnknownCurrency: it is not.
    """
    if code not in _KNOWN_CURRENCIES:
        raise UnknownCurrency(f"{code!r} is not an ISO 4217 currency code such as EUR.")
    return code


def currency_exponent(code: str) -> int:
    """The number of decimals of a currency in ISO 4217: JPY 0, EUR 2, KWD 3."""
    return _EXPONENTS.get(code, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency. Never a float."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        check_currency(self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0
