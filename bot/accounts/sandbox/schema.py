"""The sandbox's own tables. It plays an outside system, so they are nothing of the bot's.

Three kinds: the world as the accounts file has it (emptied and filled again when the file changes), what has happened
since (kept), and the ledger (kept, and never changed: the database refuses it).

Instants are text in UTC, always with microseconds, so that they sort as they follow each other. An address is found by
its key, which is the address case-folded.
"""

VERSION = 1

# In the order in which they are emptied.
WORLD_TABLES = (
    "meetings",
    "settings",
    "add_ons",
    "people",
    "account_settings",
    "opening_credits",
    "invoices",
    "rooms",
    "lines",
    "subscriptions",
    "seats",
    "domains",
    "accounts",
)

_WORLD = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    owner_email TEXT NOT NULL,
    plan_code TEXT NOT NULL,
    plan_name TEXT NOT NULL,
    plan_status TEXT NOT NULL,
    features TEXT NOT NULL,
    collection TEXT NOT NULL,
    net_terms_days INTEGER,
    currency TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    vanity_host TEXT,
    sso INTEGER,
    parent TEXT,
    cancel_requested_at TEXT,
    external_users TEXT NOT NULL,
    blocked_domains TEXT NOT NULL,
    leaving TEXT
) STRICT;

CREATE TABLE domains (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    verified INTEGER NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT;

CREATE TABLE seats (
    account TEXT NOT NULL,
    code TEXT NOT NULL,
    bought INTEGER NOT NULL,
    used_elsewhere INTEGER NOT NULL,
    PRIMARY KEY (account, code)
) STRICT;

CREATE TABLE subscriptions (
    account TEXT NOT NULL,
    number INTEGER NOT NULL,
    payment_method TEXT,
    reseller TEXT,
    reseller_ask TEXT,
    credit_paid INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    refund_fails INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) STRICT;

-- A start and an end are either both dates of the billing time zone or instants.
CREATE TABLE lines (
    account TEXT NOT NULL,
    subscription INTEGER NOT NULL,
    number INTEGER NOT NULL,
    description TEXT NOT NULL,
    gross INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    start TEXT NOT NULL,
    end TEXT NOT NULL,
    PRIMARY KEY (account, subscription, number)
) STRICT;

CREATE TABLE rooms (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

CREATE TABLE invoices (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    total INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND total),
    due_on TEXT NOT NULL,
    status TEXT NOT NULL,
    pay_url TEXT NOT NULL
) STRICT;
CREATE INDEX invoices_of_account ON invoices (account, due_on);

-- Credit that an account has from before the file was loaded; what joins bring is in the ledger.
CREATE TABLE opening_credits (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX opening_credits_of_account ON opening_credits (account);

CREATE TABLE account_settings (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    locked_by TEXT,
    PRIMARY KEY (account, name)
) STRICT;

-- A person is on one account, or on none.
CREATE TABLE people (
    key TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT,
    role TEXT NOT NULL,
    licence TEXT NOT NULL,
    deliverable INTEGER NOT NULL,
    invitable INTEGER NOT NULL
) STRICT;
CREATE INDEX people_of_account ON people (account, key);
CREATE INDEX people_by_licence ON people (account, licence);
CREATE INDEX people_of_domain ON people (domain, key);

CREATE TABLE add_ons (
    person TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    capacity INTEGER,
    PRIMARY KEY (person, code)
) STRICT;

CREATE TABLE settings (
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT;

CREATE TABLE meetings (
    person TEXT NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    start TEXT NOT NULL,
    kind TEXT NOT NULL,
    registrants INTEGER NOT NULL
) STRICT;
CREATE INDEX meetings_of_person ON meetings (person, start);
"""

_EVENTS_SINCE = """
-- What was loaded last: one row.
CREATE TABLE loaded (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    digest TEXT NOT NULL,
    at TEXT NOT NULL,
    switches TEXT NOT NULL
) STRICT;

CREATE TABLE event_secret (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    secret TEXT NOT NULL
) STRICT;

-- `pending` is what was written last; after `expires_at` it means expired.
CREATE TABLE invitations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    person TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT,
    licence TEXT NOT NULL,
    status TEXT NOT NULL,
    delivery TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_pending_invitation ON invitations (account, person) WHERE status = 'pending';
CREATE INDEX reserved_seats ON invitations (account, licence, expires_at) WHERE status = 'pending';
CREATE INDEX invitations_of_account ON invitations (account, number);

CREATE TABLE quotes (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    person TEXT NOT NULL,
    facts TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX quotes_of_person ON quotes (person, source, target, valid_until);

CREATE TABLE joins (
    id TEXT PRIMARY KEY,
    invitation TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- The first answer to each idempotency key, and a fingerprint of what was asked.
CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
"""

_LEDGER = """
-- One settlement for each invitation, whatever was chosen (R11, R16).
CREATE TABLE settlements (
    invitation TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('refund', 'credit', 'none')),
    source TEXT,
    target TEXT NOT NULL,
    quote TEXT,
    whole INTEGER NOT NULL CHECK (whole >= 0),
    currency TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- A refund to a payment method, credit given to an account, or credit used on an invoice.
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('refund', 'credit', 'application')),
    invitation TEXT REFERENCES settlements (invitation),
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    method TEXT,
    fails INTEGER NOT NULL DEFAULT 0,
    credit TEXT,
    invoice TEXT,
    at TEXT NOT NULL,
    CHECK ((kind = 'application') = (invitation IS NULL)),
    CHECK ((kind = 'application') = (credit IS NOT NULL AND invoice IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX one_entry_of_a_kind ON ledger (invitation, kind) WHERE invitation IS NOT NULL;
CREATE INDEX ledger_of_account ON ledger (account, kind);
CREATE INDEX applications_of_credit ON ledger (credit) WHERE credit IS NOT NULL;
"""


def _append_only(table: str, same_row: str) -> str:
    """Triggers that refuse to change or delete a row, also by way of INSERT OR REPLACE, which fires no other."""
    refuse = f"BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END;"
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same_row})"  # noqa: S608 (nothing comes from outside)
    return "\n".join(
        [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refuse}",
        ]
    )


SCHEMA = "\n".join(
    [
        _WORLD,
        _EVENTS_SINCE,
        _LEDGER,
        _append_only("settlements", "invitation = NEW.invitation"),
        _append_only("ledger", "id = NEW.id OR number = NEW.number OR (invitation, kind) = (NEW.invitation, NEW.kind)"),
    ]
)
