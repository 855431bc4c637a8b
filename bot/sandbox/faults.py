"""Things that go wrong on purpose, switched on the page and in tests."""

from collections import defaultdict
from dataclasses import dataclass, field

EVERY_METHOD = "*"


@dataclass(slots=True)
class Faults:
    """What is switched on at present.

    Attributes:
        answer_delay: seconds every Web API call takes longer.
        refused_scopes: scopes the installation has not been granted.
        double_delivery: every click and form is sent twice, as by a double click, and every event is retried once.
    """

    answer_delay: float = 0.0
    refused_scopes: set[str] = field(default_factory=set)
    double_delivery: bool = False
    _limits: dict[str, int] = field(default_factory=dict)
    _errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def rate_limit(self, method: str = EVERY_METHOD, *, retry_after: int | None = 30) -> None:
        """Answer 429 with this `Retry-After` in seconds until switched off with None."""
        if retry_after is None:
            self._limits.pop(method, None)
        else:
            self._limits[method] = retry_after

    def fail_next(self, method: str, error: str) -> None:
        """Answer the next call of a method with this error, or with a status when it is `http_500` or the like."""
        self._errors[method].append(error)

    def retry_after(self, method: str) -> int | None:
        """How many seconds a caller of this method shall wait, when it is limited."""
        return self._limits.get(method, self._limits.get(EVERY_METHOD))

    def take_error(self, method: str) -> str | None:
        """The error planned for this call, which is then used up."""
        planned = self._errors.get(method) or self._errors.get(EVERY_METHOD)
        return planned.pop(0) if planned else None

    @property
    def limits(self) -> dict[str, int]:
        """The methods that are limited, with their seconds."""
        return dict(self._limits)

    @property
    def planned_errors(self) -> dict[str, list[str]]:
        """The errors still to come, by method."""
        return {method: list(errors) for method, errors in self._errors.items() if errors}

    @property
    def active(self) -> bool:
        """Whether anything is switched on."""
        switched = (self.answer_delay, self.refused_scopes, self.double_delivery, self._limits, self.planned_errors)
        return any(switched)

    def clear(self) -> None:
        """Switch everything off."""
        self.answer_delay = 0.0
        self.refused_scopes.clear()
        self.double_delivery = False
        self._limits.clear()
        self._errors.clear()
