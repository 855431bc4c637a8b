"""The account backend that ships with the product: accounts from a YAML file, kept in a SQLite file of its own."""

from bot.accounts.sandbox.backend import SandboxBackend
from bot.accounts.sandbox.faults import Faults
from bot.accounts.sandbox.reading import DefinitionError, Problem, read_definition
from bot.accounts.sandbox.store import ForeignDatabase

__all__ = ["DefinitionError", "Faults", "ForeignDatabase", "Problem", "SandboxBackend", "read_definition"]
