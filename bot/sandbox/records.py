"""What lives in a workspace: messages, views, files, and the short-lived rights to answer."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Json = dict[str, Any]


class Message(BaseModel):
    """One message in a conversation.

    Attributes:
        ts: its name within the channel, seconds since 1970 with six decimals; unique in the workspace and increasing.
        user: who wrote it, the bot user included.
        bot_id: set when an app wrote it.
        thread_ts: the first message of its thread, when it is in one.
        broadcast: whether a reply stands in the conversation as well as in its thread.
        ephemeral_to: the only user who sees it; None for everyone.
        files: ids of shared files.
    """

    channel: str
    ts: str
    user: str
    bot_id: str | None = None
    text: str = ""
    blocks: list[Json] = Field(default_factory=list)
    attachments: list[Json] = Field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    metadata: Json | None = None
    ephemeral_to: str | None = None
    files: list[str] = Field(default_factory=list)

    @property
    def key(self) -> str:
        """What names it in the whole workspace."""
        return f"{self.channel}:{self.ts}"

    @property
    def sent_at(self) -> float:
        """When it was sent, in seconds since 1970."""
        return float(self.ts)

    @property
    def in_the_open(self) -> bool:
        """Whether it stands in the conversation, and not in a thread alone."""
        return self.broadcast or self.thread_ts in {None, self.ts}


class View(BaseModel):
    """A modal, or the Home tab of one person.

    Attributes:
        content: the view as the bot gave it, with all block and action ids filled in.
        root_id: the lowest view of its stack; itself for that one.
        errors: sentences under fields, by block id, until the next attempt.
        trouble: a sentence about the whole view, such as Slack's own when the bot did not answer.
    """

    id: str
    person: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    errors: dict[str, str] = Field(default_factory=dict)
    trouble: str | None = None

    @property
    def key(self) -> str:
        """What names it in the whole workspace."""
        return self.id

    @property
    def kind(self) -> str:
        """`modal` or `home`."""
        return str(self.content["type"])

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        return list(self.content["blocks"])


class StoredFile(BaseModel):
    """A file, uploaded by the bot or by a person.

    Attributes:
        content: the bytes as text in latin-1, which keeps every byte.
        shared_in: ids of the conversations it has been shared in.
        complete: whether the upload has been completed; before that nobody sees it.
    """

    id: str
    name: str
    title: str = ""
    user: str
    size: int
    mimetype: str = "application/octet-stream"
    created: int
    content: str = ""
    shared_in: list[str] = Field(default_factory=list)
    complete: bool = False


class Trigger(BaseModel):
    """The right to open one modal within three seconds of what a person did.

    Attributes:
        view_id: the modal in which it was done, on which another may be pushed.
        issued: when, in the workspace's own time that no advance of the clock touches.
    """

    id: str
    person: str
    view_id: str | None
    issued: datetime
    exchanged: bool = False


class ResponseRight(BaseModel):
    """The right to answer in a channel five times within thirty minutes: a `response_url`.

    Attributes:
        message_ts: the message it may replace or delete; None for a command, until the first answer.
    """

    token: str
    person: str
    channel: str
    message_ts: str | None
    issued: datetime
    uses: int = 0


Surface = Message | View
SurfaceKind = Literal["message", "modal", "home"]
