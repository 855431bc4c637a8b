"""The world that a backend is loaded with, as the text of an accounts file, and ways to change it for one test."""

from typing import Any

import yaml

# At this instant 146 of 365 days of Petra's year are used, as in W1.
NOW = "2026-07-24T12:00:00+00:00"

_WORLD = """
sandbox: {refund_business_days: 4}
accounts:
  acme:
    kind: organisation
    name: Acme Corp
    owner: Olivia Owens <olivia@acme.example>
    admins: [Adam Alvarez <adam@acme.example>]
    members: [Mia Moreno <mia@acme.example>]
    plan: {name: Business, features: [Cloud recording, Meetings longer than 40 minutes, Branding]}
    time_zone: Europe/Amsterdam
    collection: autopay
    vanity_host: acme.meet.example
    sso: yes
    domains: [acme.example, olsen.example, {name: old.example, verified: no}]
    seats: {licensed: {bought: 10, used_elsewhere: 2}, webinar: 1}
    settings:
      waiting_room: {value: on, locked_by: Acme Corp}
      chat: {value: kept, locked_by: the Legal group}
      background: plain
    policies: {blocked_domains: [blocked.example]}
    leaving: Your meetings stay with Acme Corp.
  globex:
    kind: organisation
    name: Globex
    owner: Nora Nguyen <nora@globex.example>
    plan: Enterprise
    collection: net_terms
    net_terms_days: 45
    seats: 5
    credit: 3000
    invoices:
      - {number: G-1, total: 9000, due: 2026-06-01, status: paid}
      - {number: G-2, total: 9000, remaining: 5000, due: 2026-08-01}
  free-org:
    kind: organisation
    name: Free Org
    owner: Fay Free <fay@free.example>
    plan: {name: Free, status: free}
  trial-org:
    kind: organisation
    name: Trial Org
    owner: Tim Trial <tim@trial.example>
    plan: {name: Business, status: trial}
    seats: 5
  acme-lab:
    kind: organisation
    name: Acme Lab
    parent: acme
    owner: Lab Lead <lead@lab.example>
    plan: Business
    seats: 5
  frank:
    owner: Frank Fischer <frank@acme.example>
  petra:
    owner: Petra de Vries <petra@acme.example>
    plan: Pro
    time_zone: Europe/Amsterdam
    subscriptions:
      - payment_method: Visa ending in 4242
        lines: [{description: "Pro, yearly", gross: 14990, tax: 2602, start: 2026-03-01, end: 2027-03-01}]
  tomas:
    owner:
      email: tomas@acme.example
      name: Tomas Turner
      add_ons: [{code: webinar, name: Webinars, capacity: 500}]
      settings: {waiting_room: off, chat: kept, background: beach, sound: loud}
      meetings:
        - {topic: Webinar, start: 2026-08-01 15:00, kind: webinar, registrants: yes, id: W1}
        - {topic: Weekly, start: 2026-07-27 09:30, id: M1}
        - {topic: Yesterday, start: 2026-07-23 09:30, id: M0}
    plan: Pro
    time_zone: Europe/Amsterdam
    subscriptions:
      - lines:
          - {gross: 14990, tax: 2602, start: 2025-10-31, end: 2026-10-31}
          - {gross: 5000, tax: 868, start: 2026-07-17, end: 2026-08-16}
  oscar:
    owner: Oscar Olsen <oscar@olsen.example>
    members:
      - Ida Olsen <ida@olsen.example>
      - Jonas Berg <jonas@olsen.example>
      - Kari Frei <kari@freelance.example>
    plan: Team
    time_zone: Europe/Oslo
    vanity_host: olsen.meet.example
    subscriptions:
      - payment_method: Visa ending in 1881
        lines: [{gross: 36500, tax: 7300, start: 2026-07-01, end: 2027-07-01}]
  ivan:
    owner: Ivan Ivanov <ivan@acme.example>
    time_zone: Europe/Sofia
    subscriptions: [{lines: [{gross: 1599, start: 2026-07-12, every: month}]}]
    invoices:
      - {number: I-2, total: 1599, due: 2026-07-12}
      - {number: I-1, total: 900, remaining: 400, due: 2026-06-12}
      - {number: I-0, total: 900, due: 2026-05-12, status: paid}
    credit: 250
  rosa:
    owner: Rosa Rossi <rosa@acme.example>
    time_zone: Europe/Rome
    subscriptions: [{lines: [{gross: 36500, start: 2026-01-01, end: 2027-01-01}]}]
    rooms: [Sala Verde, {name: Sala Rossa, id: rossa}]
  carla:
    owner: Carla Costa <carla@acme.example>
    time_zone: America/Sao_Paulo
    subscriptions: [{payment_method: Visa, lines: [{gross: 36500, start: 2026-01-01, end: 2027-01-01}]}]
    cancellation_requested: 2026-07-20 10:00
  aisha:
    owner: Aisha Adeyemi <aisha@acme.example>
    subscriptions:
      - {paid_through: {name: App Store, ask: Apple}, lines: [{gross: 36500, start: 2026-01-01, end: 2027-01-01}]}
  yuki:
    owner: Yuki Yamada <yuki@acme.example>
    currency: JPY
    time_zone: Asia/Tokyo
    subscriptions: [{payment_method: JCB, lines: [{gross: 2200, tax: 200, start: 2026-07-07, end: 2026-08-07}]}]
  nils:
    owner: Nils Nilsson <nils@acme.example>
    time_zone: Europe/Amsterdam
    subscriptions:
      - payment_method: Visa ending in 7723
        credit_paid: 5000
        lines: [{gross: 14990, tax: 2602, start: 2026-03-01, end: 2027-03-01}]
  paul:
    owner: Paul Popescu <paul@acme.example>
    plan: {name: Pro, status: past_due}
  tina:
    owner: Tina Thomsen <tina@acme.example>
    plan: {name: Pro, status: trial}
people:
  - {email: bounce@acme.example, name: Bob Bounce, mail: bounces}
  - {email: never@acme.example, invitable: no}
"""


class _Loader(yaml.SafeLoader):
    """Dates stay text, as in the file."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def world(sandbox: dict[str, Any] | None = None, **accounts: dict[str, Any] | None) -> str:
    """The world with other switches, and with fields of accounts replaced or accounts added; `None` takes one away."""
    content = yaml.load(_WORLD, _Loader)  # noqa: S506 (a safe loader, without dates)
    content["sandbox"] |= sandbox or {}
    for name, fields in accounts.items():
        known = name.replace("_", "-")
        if fields is None:
            del content["accounts"][known]
        else:
            content["accounts"][known] = content["accounts"].get(known, {}) | fields
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def with_lines(*lines: dict[str, Any], **subscription: Any) -> list[dict[str, Any]]:
    """One subscription with these lines."""
    return [{"payment_method": "Visa", "lines": list(lines)} | subscription]
