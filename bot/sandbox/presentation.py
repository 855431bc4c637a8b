"""What one person sees on the page, gathered for the templates."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale
from markupsafe import Markup

from bot.sandbox.definition import Channel, Person
from bot.sandbox.inputs import FIELDS, Values, options_of, state_values
from bot.sandbox.look.dates import Calendar
from bot.sandbox.look.markdown import markdown
from bot.sandbox.look.mrkdwn import Mrkdwn
from bot.sandbox.look.rich_text import rich_text
from bot.sandbox.payloads import surface_key
from bot.sandbox.records import Message, StoredFile, Surface, View
from bot.sandbox.words import words_of

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

HOME = "home"

# Of a long conversation the page shows the end.
SHOWN_MESSAGES = 200

# Messages of one author within so many seconds stand under one name.
SAME_BREATH = 300
HUES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it stands in the list.

    Attributes:
        day: the heading above it, when it is the first of its day.
        compact: it follows another of the same author at once, so that name and picture are left out.
        replies: how many answers its thread has.
    """

    message: Message
    author: Person
    time: str
    moment: str
    day: str | None
    compact: bool
    replies: int
    files: list[StoredFile]


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the sidebar."""

    channel: Channel
    label: str
    unread: int
    current: bool


class Presentation:
    """The page for one person in one place.

    Args:
        workspace: what is shown.
        person: who looks.
        place: the id of a conversation, or `home` for the app's Home tab.
        thread: the ts of the thread that is open beside it.
    """

    def __init__(self, workspace: "Workspace", person: Person, place: str, thread: str | None = None) -> None:
        self.workspace = workspace
        self.person = person
        self.place = place
        self.thread_ts = thread
        self.calendar = Calendar(person.zone, person.locale, workspace.now())
        self.texts = Mrkdwn(workspace, self.calendar)
        self._numbers = count(1)

    # The frame

    @property
    def app_channel(self) -> Channel:
        """The person's direct message with the bot."""
        return self.workspace.with_bot(self.person.id)

    @property
    def in_app(self) -> bool:
        """Whether the app's page is shown: its Home tab, or the direct message with it."""
        return self.place in {HOME, self.app_channel.id}

    @property
    def channel(self) -> Channel:
        """The conversation that is shown, or would be behind the Home tab."""
        return self.app_channel if self.place == HOME else self.workspace.channels[self.place]

    @property
    def channels(self) -> list[Entry]:
        """The channels the person is in."""
        mine = [each for each in self.workspace.channels.values() if each.kind in {"public", "private"}]
        return [self._entry(channel, channel.name) for channel in mine if self.person.id in channel.member_ids]

    @property
    def directs(self) -> list[Entry]:
        """Conversations with other people, the app's left out."""
        bot, mine = self.workspace.app.user_id, self.person.id
        return [
            self._entry(channel, self.label(channel))
            for channel in self.workspace.channels.values()
            if channel.kind == "mpim" or (channel.kind == "im" and bot not in channel.member_ids)
            if mine in channel.member_ids
        ]

    @property
    def app_entry(self) -> Entry:
        """The app in the sidebar."""
        return self._entry(self.app_channel, self.workspace.app.name)

    def label(self, channel: Channel) -> str:
        """What a conversation is called for this person."""
        if channel.name and channel.kind != "mpim":
            return channel.name
        others = [self.workspace.people[member].name for member in channel.member_ids if member != self.person.id]
        return ", ".join(others) or self.person.name

    def _entry(self, channel: Channel, label: str) -> Entry:
        unread = self.workspace.unread(self.person.id, channel.id)
        return Entry(channel, label, 0 if channel.id == self.place else unread, current=channel.id == self.place)

    @property
    def bot_is_in(self) -> bool:
        """Whether the bot is in the conversation that is shown."""
        return self.workspace.app.user_id in self.channel.member_ids

    # People

    @property
    def cast(self) -> list[Person]:
        """Everybody one can act as."""
        return [person for person in self.workspace.people.values() if not (person.is_bot or person.deactivated)]

    @property
    def gone(self) -> list[Person]:
        """Everybody who has been deactivated."""
        return [person for person in self.workspace.people.values() if person.deactivated]

    def waiting_for(self, person: Person) -> int:
        """How many messages of the bot a person has not read."""
        channel = self.workspace.direct(person.id, self.workspace.app.user_id)
        return self.workspace.unread(person.id, channel.id) if channel and person.id != self.person.id else 0

    def local_time(self, person: Person) -> str:
        """Day and time where a person is."""
        return self.workspace.now().astimezone(ZoneInfo(person.zone)).strftime("%a %H:%M")

    def language(self, person: Person) -> str:
        """A person's language and country, in English, for example `Dutch (NL)`."""
        locale = Locale.parse(person.locale, sep="-")
        return f"{locale.get_language_name('en')}{f' ({locale.territory})' if locale.territory else ''}"

    def city(self, person: Person) -> str:
        """The place that names a person's zone."""
        return person.zone.rpartition("/")[2].replace("_", " ")

    def initials(self, person: Person) -> str:
        """Two letters for a picture."""
        words = person.name.split()
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    def hue(self, person: Person) -> int:
        """Which of the colours a person's picture has."""
        return sum(map(ord, person.id)) % HUES

    @property
    def now(self) -> str:
        """The time in the workspace as this person sees it."""
        return self.calendar.moment(self.workspace.now().timestamp())

    # Messages

    @property
    def lines(self) -> list[Line]:
        """What was said in the conversation; what was answered in threads only stands there."""
        in_the_open = [each for each in self._messages if each.in_the_open]
        return list(self._lines(in_the_open[-SHOWN_MESSAGES:]))

    @property
    def thread(self) -> list[Line]:
        """The thread that is open, its first message first."""
        if self.thread_ts is None:
            return []
        return list(self._lines([each for each in self._messages if self.thread_ts in {each.ts, each.thread_ts}]))

    @cached_property
    def _messages(self) -> list[Message]:
        return self.workspace.messages(self.channel.id, seen_by=self.person.id)

    def _lines(self, messages: list[Message]) -> Iterator[Line]:
        replies = Counter(each.thread_ts for each in self._messages if each.thread_ts not in {None, each.ts})
        before: Message | None = None
        for message in messages:
            day = self.calendar.day(message.sent_at)
            new_day = before is None or self.calendar.day(before.sent_at) != day
            same = before is not None and (before.user, before.ephemeral_to) == (message.user, message.ephemeral_to)
            soon = before is not None and message.sent_at - before.sent_at < SAME_BREATH
            yield Line(
                message=message,
                author=self.workspace.people[message.user],
                time=self.calendar.time(message.sent_at),
                moment=self.calendar.moment(message.sent_at),
                day=day if new_day else None,
                compact=same and soon and not new_day and message.ephemeral_to is None,
                replies=replies[message.ts],
                files=[file for file in map(self.workspace.files.get, message.files) if file is not None],
            )
            before = message

    # Views

    @cached_property
    def modal(self) -> View | None:
        """The modal on top."""
        return self.workspace.views.modal(self.person.id)

    @property
    def depth(self) -> int:
        """How many modals lie on top of each other."""
        return len(self.workspace.views.stack(self.person.id))

    @cached_property
    def home(self) -> View | None:
        """The Home tab, if the bot has published one."""
        return self.workspace.views.home(self.person.id)

    # Inside of blocks

    def values(self, surface: Surface) -> Values:
        """What has been entered on a surface, or preset."""
        return state_values(surface.blocks, self.workspace.views.entered(surface_key(self.person, surface)))

    def chosen(self, values: Values, block: Json, element: Json) -> Any:
        """What is entered in one element: a text, an id, an option, or a list of those."""
        state = values[block["block_id"]][element["action_id"]]
        return state[FIELDS[element["type"]][0]]

    def local_input(self, seconds: int | None) -> str:
        """An instant as a browser's field for date and time wants it, in the person's zone."""
        return self.calendar.local(seconds).strftime("%Y-%m-%dT%H:%M") if seconds else ""

    def text(self, value: Mapping[str, Any] | str | None) -> Markup:
        """A text object, or a bare text in mrkdwn, as HTML."""
        if value is None:
            return Markup("")
        if isinstance(value, str):
            return self.texts.html(value)
        return self.texts.html(value["text"]) if value["type"] == "mrkdwn" else self.texts.plain(value["text"])

    def rich(self, block: Json) -> Markup:
        """A rich text block as HTML."""
        return rich_text(block, self.texts)

    def markdown(self, text: str) -> Markup:
        """A text in Markdown as HTML."""
        return markdown(text)

    def plain_words(self, block: Json | None) -> str:
        """The words of a rich text block."""
        return words_of([block]) if block else ""

    def flat_options(self, element: Json) -> list[Json]:
        """The options of an element, those in groups included."""
        return options_of(element)

    def selectable_people(self) -> list[Person]:
        """Whom a users_select offers."""
        return [person for person in self.workspace.people.values() if not person.deactivated]

    def people_options(self) -> list[Json]:
        """The same as options."""
        return [_option(person.id, person.name) for person in self.selectable_people()]

    def selectable_channels(self, *, public_only: bool) -> list[Channel]:
        """Which channels a channels_select or conversations_select offers."""
        kinds = {"public"} if public_only else {"public", "private"}
        return [
            channel
            for channel in self.workspace.channels.values()
            if channel.kind in kinds and not channel.archived
            if channel.kind == "public" or self.person.id in channel.member_ids
        ]

    def channel_options(self, *, public_only: bool) -> list[Json]:
        """The same as options."""
        return [_option(each.id, f"#{each.name}") for each in self.selectable_channels(public_only=public_only)]

    def fresh_id(self) -> str:
        """An id for an element of the page, the same at every rendering of the same thing."""
        return f"e{next(self._numbers)}"


def _option(value: str, label: str) -> Json:
    return {"value": value, "text": {"type": "plain_text", "text": label}}
