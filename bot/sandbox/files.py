"""Files: uploaded in two steps by the bot, or in one by a person filling in a form."""

import mimetypes
from typing import TYPE_CHECKING

from bot.sandbox.errors import SlackError
from bot.sandbox.records import StoredFile

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

# Source: https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
LARGEST_INPUT_FILE = 10_000_000


class Files:
    """All files of the workspace."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._files: dict[str, StoredFile] = {}

    async def load(self) -> None:
        """Take up the files of the file."""
        for key, body in await self._workspace.store.load("file"):
            self._files[key] = StoredFile.model_validate_json(body)

    def get(self, file_id: str) -> StoredFile | None:
        """The completed file of this id."""
        file = self._files.get(file_id)
        return file if file is not None and file.complete else None

    def announce(self, user: str, name: str, size: int) -> StoredFile:
        """Make room for an upload of `size` bytes."""
        return self._keep(
            StoredFile(
                id=self._workspace.new_id("F"),
                name=name,
                user=user,
                size=size,
                mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
                created=int(self._workspace.now().timestamp()),
            )
        )

    def receive(self, file_id: str, content: bytes) -> None:
        """Take in the bytes of an announced file.

        Raises:
            SlackError: `file_not_found`, or `file_upload_size_restricted` when the size is not the announced one.
        """
        file = self._files.get(file_id)
        if file is None or file.complete:
            raise SlackError("file_not_found")
        if len(content) != file.size:
            raise SlackError("file_upload_size_restricted")
        self._keep(file.model_copy(update={"content": content.decode("latin-1")}))

    def complete(self, file_id: str, title: str, channels: list[str]) -> StoredFile:
        """Finish an upload and share it.

        Raises:
            SlackError: `file_not_found` when nothing has been uploaded under this id.
        """
        file = self._files.get(file_id)
        if file is None or file.complete or len(file.content) != file.size:
            raise SlackError("file_not_found")
        return self._keep(
            file.model_copy(update={"title": title or file.name, "shared_in": channels, "complete": True})
        )

    def add(self, user: str, name: str, content: bytes) -> StoredFile:
        """A file that a person puts into a form, at once complete."""
        file = self.announce(user, name, len(content))
        self.receive(file.id, content)
        return self.complete(file.id, name, [])

    def _keep(self, file: StoredFile) -> StoredFile:
        self._files[file.id] = file
        self._workspace.store.put("file", file.id, file)
        return file
