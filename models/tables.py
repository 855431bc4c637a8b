"""All tables in one place, for whoever needs to know that every one has been imported."""

from sqlmodel import SQLModel

from models.audit import AuditEntry
from models.batch import Batch
from models.briefing import ShownBriefing
from models.effect import Effect
from models.home import HomeTab
from models.invitation import Invitation
from models.join import Join, JoinStep
from models.post import News, Post

TABLES: list[type[SQLModel]] = [
    AuditEntry,
    Batch,
    Effect,
    HomeTab,
    Invitation,
    Join,
    JoinStep,
    News,
    Post,
    ShownBriefing,
]
metadata = SQLModel.metadata
