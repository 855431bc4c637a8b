"""The workspace file says what it wants when it cannot be used."""

from pathlib import Path

import pytest
import yaml

import bot.sandbox
from bot.sandbox.definition import InvalidWorkspace, Role, load_definition
from bot.sandbox.manifest import Manifest
from tests.sandbox.conftest import DEFINITION, MANIFEST

DEMO = Path(bot.sandbox.__file__).parent / "demo" / "workspace.yaml"


def test_the_demo_has_its_cast() -> None:
    demo = load_definition(DEMO)
    handles = {person.handle for person in demo.people}
    cast = {
        *("olivia", "adam", "mia", "nora", "frank", "petra", "tomas", "oscar", "ida", "ivan", "rosa"),
        *("carla", "aisha", "yuki", "edda", "zoe", "giulia", "dirk"),
    }
    assert handles == cast
    assert demo.starts_as == "adam"
    assert all(person.situation for person in demo.people)
    assert all((person.email or "").endswith(".example") for person in demo.people)
    by_name = {channel.name: channel for channel in demo.channels}
    assert "invitebot" in by_name["it-licences"].members
    assert "invitebot" not in by_name["random"].members
    assert by_name["office-move-2024"].archived
    assert by_name["it-private"].kind == "private"
    assert {person.handle for person in demo.people if person.is_guest} == {"giulia"}
    assert {person.handle for person in demo.people if person.deactivated} == {"dirk"}


def written(tmp_path: Path, **changes: object) -> Path:
    content = DEFINITION.model_dump(mode="json") | changes
    path = tmp_path / "workspace.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_a_definition_survives_the_file(tmp_path: Path) -> None:
    assert load_definition(written(tmp_path)) == DEFINITION


PERSON = DEFINITION.people[0].model_dump(mode="json")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"peoples": []}, "peoples: Extra inputs are not permitted"),
        (
            {"people": [PERSON | {"zone": "Europe/Amsterdm"}]},
            "people[0].zone: Value error, Europe/Amsterdm is not an IANA",
        ),
        ({"people": [PERSON | {"zone": "../etc"}]}, "people[0].zone"),
        ({"people": [PERSON | {"locale": "xx-YY-zz!"}]}, "people[0].locale"),
        ({"people": [PERSON | {"id": "adam"}]}, "people[0].id: String should match pattern"),
        ({"people": [PERSON | {"colour": "red"}]}, "people[0].colour: Extra inputs"),
        ({"people": [PERSON, PERSON]}, "people: the id U0000000001 is given twice"),
        ({"people": [PERSON, PERSON | {"id": "U0000000009"}]}, "people: the handle adam is given twice"),
        (
            {"people": [PERSON, PERSON | {"id": "U0000000009", "handle": "b", "email": "ADAM@acme.example"}]},
            "people: the email adam@acme.example is given twice",
        ),
        ({"starts_as": "nobody"}, "starts_as: there is nobody active called nobody"),
        ({"starts_as": "dirk"}, "starts_as: there is nobody active called dirk"),
        ({"channels": [{"id": "C0GENERAL1", "name": "General"}]}, "needs a name in lower case"),
        ({"channels": [{"id": "C0GENERAL1", "name": "general", "kind": "im"}]}, "the kind public or private"),
        ({"channels": [{"id": "C0GENERAL1", "name": "general", "members": ["zed"]}]}, "there is nobody called zed"),
        ({"people": []}, "people: List should have at least 1 item"),
    ],
)
def test_faults_are_named_with_their_path(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        load_definition(written(tmp_path, **changes))
    assert complaint in str(refused.value)


def test_files_that_are_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(InvalidWorkspace, match="cannot be read"):
        load_definition(tmp_path / "missing.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("team: [", encoding="utf-8")
    with pytest.raises(InvalidWorkspace, match="is not a YAML file"):
        load_definition(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidWorkspace, match="is not a YAML file"):
        load_definition(broken)
    broken.write_text("just words", encoding="utf-8")
    with pytest.raises(InvalidWorkspace, match="the file"):
        load_definition(broken)


def test_roles() -> None:
    assert Role("primary_owner") is Role.PRIMARY_OWNER


def test_a_manifest_is_read_with_extra_commands() -> None:
    manifest = Manifest.of(MANIFEST, ["/invite", "/echo"])
    assert [command.name for command in manifest.commands] == ["/invite", "/echo"]
    assert manifest.commands[0].usage_hint == "[words]"
    assert manifest.commands[0].escapes
    assert manifest.interactive
    assert "app_home_opened" in manifest.events


def test_an_empty_manifest_declares_nothing() -> None:
    manifest = Manifest.of({})
    assert (manifest.commands, manifest.scopes, manifest.home_tab, manifest.interactive) == (
        (),
        frozenset(),
        False,
        False,
    )
