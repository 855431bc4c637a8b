"""Which consequences a person must tick before accepting (backends.md, E.4; features.md, F3). Pure.

Both sides of the port ask here: the bot to show the ticks, a backend to refuse where one is missing.
"""

from collections.abc import Sequence

from bot.accounts.values import Blocker, Consequence, Impact


def required_acknowledgements(blockers: Sequence[Blocker], impact: Impact | None) -> tuple[str, ...]:
    """The codes to tick, in the order of showing: soft blockers first, then what joining changes.

    Args:
        blockers: all of the person's; the hard ones cannot be ticked away.
        impact: `None` for somebody who has no account yet, and so nothing to lose.
    """
    codes: list[str] = [blocker.code for blocker in blockers if not blocker.hard]
    if impact is None:
        return tuple(codes)
    if impact.features_lost:
        codes.append(Consequence.FEATURES_LOST)
    if impact.meetings_affected:
        codes.append(Consequence.LINKS_CHANGE)
    if impact.reports_url is not None:
        codes.append(Consequence.REPORTS_SAVED)
    return tuple(codes)
