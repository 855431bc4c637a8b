"""Keeps the workspace in one SQLite file, so that a second start finds the state of the first.

Everything is a document: a kind, a key and a JSON text. Changes are collected and written in one transaction by
`flush`, which whoever answers the outside world awaits first. A store without a file keeps nothing.
"""

import asyncio
from pathlib import Path

import aiosqlite
from pydantic import BaseModel

SCHEMA = "CREATE TABLE IF NOT EXISTS documents (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"


class Store:
    """Documents in a file, or nowhere when `connection` is None."""

    def __init__(self, connection: aiosqlite.Connection | None) -> None:
        self._connection = connection
        self._pending: dict[tuple[str, str], str | None] = {}
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path | None) -> "Store":
        """Open the file, which is made when it does not exist; None keeps nothing."""
        if path is None:
            return cls(None)
        connection = await aiosqlite.connect(path)
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.execute(SCHEMA)
        await connection.commit()
        return cls(connection)

    async def load(self, kind: str) -> list[tuple[str, str]]:
        """All documents of a kind as (key, JSON), ordered by key."""
        if self._connection is None:
            return []
        query = "SELECT key, body FROM documents WHERE kind = ? ORDER BY key"
        return [(str(key), str(body)) for key, body in await self._connection.execute_fetchall(query, (kind,))]

    def put(self, kind: str, key: str, document: BaseModel | str) -> None:
        """Remember to write a document, a model or ready JSON."""
        if self._connection is not None:
            body = document if isinstance(document, str) else document.model_dump_json()
            self._pending[kind, key] = body

    def remove(self, kind: str, key: str) -> None:
        """Remember to remove a document."""
        if self._connection is not None:
            self._pending[kind, key] = None

    async def flush(self) -> None:
        """Write what has been remembered; when this returns it is on disk."""
        if self._connection is None:
            return
        async with self._writing:
            changes, self._pending = self._pending, {}
            if not changes:
                return
            put = [(kind, key, body) for (kind, key), body in changes.items() if body is not None]
            removed = [key for key, body in changes.items() if body is None]
            await self._connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", put)
            await self._connection.executemany("DELETE FROM documents WHERE kind = ? AND key = ?", removed)
            await self._connection.commit()

    async def close(self) -> None:
        """Write what is left and close the file."""
        await self.flush()
        if self._connection is not None:
            await self._connection.close()
