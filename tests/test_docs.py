"""The documentation holds together: its links lead somewhere, its tables are complete, and it names no machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FEATURES = ROOT / "docs" / "features.md"
OPERATOR_GUIDE = ROOT / "docs" / "operator-guide.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])

# What git does not know either, and what is no text.
NOT_COMMITTED = {".git", ".venv", ".data", ".hypothesis", "__pycache__", "build"}
NO_TEXT = {".png", ".svg"}

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# Not W: the worked examples share their letter with people's ids in Slack.
RULE = re.compile(r"(?<![\w.])(?:S\d\d[a-g]?|[FRQ]\d{1,2})(?![\w.]\w|\w)")
SECTION = re.compile(
    r"\b(slack|stack|backends|features)\.md(?:,| of)? (?:section )?((?:[A-E]\.)?\d(?:\.\d|[a-c])?|[DE])\b"
)
# Spelled in halves, so that this file does not name what no file may name.
MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/wo" + r"rk/",
            r"(?<![\w.])/ro" + r"ot\b",
            r"\.\./sha" + r"red",
            r"\bpypi\.o" + "rg",
            r"pythonho" + "sted",
        ]
    )
)


def _files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        unknown = any(part in NOT_COMMITTED or part.endswith(("_cache", ".egg-info")) for part in parts)
        if path.is_file() and not unknown and path.suffix not in NO_TEXT and path.name != ".env":
            yield path


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def _links(page: Path) -> list[str]:
    return [one or other for one, other in LINK.findall(_prose(page))]


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(_prose(page))}


def _targets(page: Path) -> Iterator[tuple[Path, str]]:
    for link in _links(page):
        if not link.startswith(("https://", "http://")):
            path, _, anchor = link.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def _code() -> str:
    folders = [ROOT / name for name in ("bot", "handlers", "models", "migrations", "tests")]
    files = [path for path in _files() if path.suffix in {".py", ".yaml"} and path.parents[0] != ROOT]
    own = [path for path in files if any(folder in path.parents for folder in folders) and path != Path(__file__)]
    return "\n".join(path.read_text() for path in own)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    for target, anchor in _targets(page):
        assert target.is_file(), f"{target} is not there"
        assert not anchor or anchor in _anchors(target), f"{target} has no heading #{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = {README}, [README]
    while ahead:
        found = {target for target, _ in _targets(ahead.pop()) if target.suffix == ".md"} - reached
        reached |= found
        ahead += found
    assert set(PAGES) <= reached


def test_every_picture_is_shown_and_described() -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert '<img src="' in text
    assert re.findall(r'<img src="[^"]+"(?! alt="[^"]{10,}")', text) == []
    assert [path.name for path in (ROOT / "docs" / "images").iterdir() if path.name not in text] == []


def test_every_rule_that_the_code_names_can_be_looked_up() -> None:
    explained = set(re.findall(r"^\| ([SFRQ]\d+[a-g]?) \|", FEATURES.read_text(), re.MULTILINE))
    named = set(RULE.findall(_code()))
    assert len(named) > 80
    assert named - explained == set()


def test_every_section_that_the_code_names_can_be_looked_up() -> None:
    named = set(SECTION.findall(_code()))
    assert {("slack", "1"), ("backends", "E.4"), ("stack", "1b")} <= named
    for page, number in named:
        headings = HEADING.findall((ROOT / "docs" / f"{page}.md").read_text())
        assert any(re.match(rf"{re.escape(number)}\.? ", heading) for heading in headings), f"{page}.md, {number}"


def test_every_invariant_that_the_code_names_can_be_looked_up() -> None:
    named = {
        int(number) for run in re.findall(r"[Ii]nvariants? ([\d, and]+)", _code()) for number in re.findall(r"\d+", run)
    }
    design = (ROOT / "docs" / "design.md").read_text()
    listed = {int(number) for number in re.findall(r"^(\d+)\. \*\*", design, re.MULTILINE)}
    assert 1 in named
    assert named <= listed


def test_every_setting_is_explained() -> None:
    table = OPERATOR_GUIDE.read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    assert sorted(explained) == sorted(name.upper() for name in Settings.model_fields)


def test_nothing_names_the_machine_it_was_written_on_or_a_package_index() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in _files()
        for line in path.read_text(errors="replace").splitlines()
        if MACHINE.search(line)
    ]
    assert found == []
