"""Texts look as in Slack, and nothing a person or the bot writes becomes markup of the page."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.definition import Channel, Person
from bot.sandbox.look.dates import Calendar
from bot.sandbox.look.emoji import with_emoji
from bot.sandbox.look.markdown import markdown
from bot.sandbox.look.mrkdwn import Mrkdwn
from bot.sandbox.look.rich_text import rich_text
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import NOW
from tests.sandbox.test_web_api import GENERAL, PETRA

BERLIN = Calendar("Europe/Berlin", "en-GB", NOW)
NOON = int(NOW.timestamp())


@pytest.fixture
def texts(workspace: Workspace) -> Mrkdwn:
    return Mrkdwn(workspace, BERLIN)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*bold* and _italic_ and ~struck~", "<b>bold</b> and <i>italic</i> and <s>struck</s>"),
        ("a*b*c 2*3*4 snake_case_name", "a*b*c 2*3*4 snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("`*code*`", "<code>*code*</code>"),
        ("```\n<b>\n```", "<pre>&lt;b&gt;</pre>"),
        ("> quoted\n> *twice*\nnot", "<blockquote>quoted<br><b>twice</b></blockquote>not"),
        ("&gt; quoted", "<blockquote>quoted</blockquote>"),
        ("a\nb", "a<br>b"),
        ("&lt;b&gt; &amp; c", "&lt;b&gt; &amp; c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (f"<@{PETRA}>", '<span class="mention">@Petra de Vries</span>'),
        ("<@U0NOBODY01|gone>", '<span class="mention">@U0NOBODY01</span>'),
        (f"<#{GENERAL}|general>", '<span class="mention">#general</span>'),
        ("<!here>", '<span class="mention">@here</span>'),
        ("<!subteam^S1|@team>", '<span class="mention">@@team</span>'),
        (
            "<https://a.example/?x=1&amp;y=2|Here>",
            '<a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">Here</a>',
        ),
        (
            "<mailto:a@b.example|a@b.example>",
            '<a href="mailto:a@b.example" target="_blank" rel="noopener noreferrer">a@b.example</a>',
        ),
        ("<javascript:alert(1)|Here>", "&lt;javascript:alert(1)|Here&gt;"),
        (
            f"<!date^{NOON}^{{date_short_pretty}} {{time}}|then>",
            '<time title="Fri 24 Jul 2026 14:00">Today 14:00</time>',
        ),
        (f"<!date^{NOON}^{{nonsense}}|then>", '<time title="Fri 24 Jul 2026 14:00">then</time>'),
        ("<!date^soon^{time}|then>", "then"),
        (":tada: :unknown_thing:", "🎉 :unknown_thing:"),
        ("\U000f00000\U000f0001", "0"),
    ],
)
def test_mrkdwn(texts: Mrkdwn, written: str, shown: str) -> None:
    assert str(texts.html(written)) == shown


def test_plain_text_is_not_formatted(texts: Mrkdwn) -> None:
    assert str(texts.plain("*a* <b>\n:wave:")) == "*a* &lt;b&gt;<br>👋"


class Nobody:
    """A place without people or channels."""

    @property
    def people(self) -> dict[str, Person]:
        return {}

    @property
    def channels(self) -> dict[str, Channel]:
        return {}


@given(st.text(alphabet="<>&*_~`!@#|^:\n \"'/ab1{}" + "\U000f0000\U000f0001", max_size=60))
def test_no_text_becomes_markup(written: str) -> None:
    html = str(Mrkdwn(Nobody(), BERLIN).html(written))
    without_ours = html
    for tag in ("b", "i", "s", "code", "pre", "blockquote", "br"):
        without_ours = without_ours.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    without_ours = without_ours.replace('<span class="mention">', "").replace("</span>", "")
    assert "<" not in without_ours
    assert "\U000f0000" not in html


@pytest.mark.parametrize(
    ("zone", "locale", "time", "day"),
    [
        ("Europe/Berlin", "en-GB", "14:00", "Today"),
        ("America/New_York", "en-US", "8:00\u202fAM", "Today"),
        ("Pacific/Auckland", "en-GB", "00:00", "Today"),
    ],
)
def test_time_is_the_readers_own(zone: str, locale: str, time: str, day: str) -> None:
    calendar = Calendar(zone, locale, NOW)
    assert (calendar.time(NOON), calendar.day(NOON)) == (time, day)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{date_num}", "2026-08-01"),
        ("{date_slash}", "01/08/2026"),
        ("{date}", "1 August"),
        ("{date_long}", "Saturday, 1 August 2026"),
        ("{date_long_full}", "1 August 2026"),
        ("{date_short}", "1 Aug 2026"),
        ("{date_short_pretty} at {time}", "1 Aug 2026 at 11:30"),
        ("{date_pretty}", "1 August"),
        ("{date_long_pretty}", "Saturday, 1 August 2026"),
        ("{day_divider_pretty}", "Saturday 1 August"),
        ("{time_secs}", "11:30:00"),
        ("{ago}", "in 1 week"),
        ("no token", None),
    ],
)
def test_the_tokens_of_dates(template: str, shown: str | None) -> None:
    at = int(datetime(2026, 8, 1, 9, 30, tzinfo=UTC).timestamp())
    assert BERLIN.formatted(at, template) == shown


def test_yesterday_and_tomorrow() -> None:
    day = 24 * 3600
    assert [BERLIN.day(NOON + offset * day) for offset in (-2, -1, 0, 1)] == [
        "Wednesday, 22 July 2026",
        "Yesterday",
        "Today",
        "Tomorrow",
    ]


def test_markdown() -> None:
    written = (
        "# Title\nSome **bold**, *italic*, ~~old~~ and `<code>`\n\n- one\n- [two](https://a.example)\n\n"
        "1. first\n\n> said\n\n```\nx < y\n```\n[bad](javascript:alert(1)) <script>"
    )
    assert str(markdown(written)).split("\n") == [
        '<p class="heading">Title</p>',
        "<p>Some <b>bold</b>, <i>italic</i>, <s>old</s> and <code>&lt;code&gt;</code></p>",
        '<ul><li>one</li><li><a href="https://a.example" target="_blank" rel="noopener noreferrer">two</a></li></ul>',
        "<ol><li>first</li></ol>",
        "<blockquote>said</blockquote>",
        "<pre>x &lt; y</pre>",
        "<p>bad) &lt;script&gt;</p>",
    ]


def test_an_unclosed_fence_ends_with_the_text() -> None:
    assert str(markdown("```\na")) == "<pre>a</pre>"


def test_rich_text(texts: Mrkdwn) -> None:
    def words(text: str, **style: bool) -> dict[str, object]:
        return {"type": "text", "text": text, "style": style}

    block = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    words("a<b>", bold=True, italic=True),
                    {"type": "user", "user_id": PETRA},
                    {"type": "channel", "channel_id": GENERAL},
                    {"type": "broadcast", "range": "here"},
                    {"type": "emoji", "name": "wave"},
                    {"type": "link", "url": "https://a.example"},
                    {"type": "date", "timestamp": NOON, "format": "{time}"},
                    {"type": "color", "value": "#fff"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "offset": 2,
                "elements": [{"type": "rich_text_section", "elements": [words("one")]}],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "indent": 1,
                "elements": [{"type": "rich_text_section", "elements": [words("dot")]}],
            },
            {"type": "rich_text_quote", "elements": [words("said")]},
            {"type": "rich_text_preformatted", "elements": [words("code")]},
        ],
    }
    assert str(rich_text(block, texts)) == (
        "<p><i><b>a&lt;b&gt;</b></i>"
        '<span class="mention">@Petra de Vries</span><span class="mention">#general</span>'
        '<span class="mention">@here</span>👋'
        '<a href="https://a.example" target="_blank" rel="noopener noreferrer">https://a.example</a>'
        '<time title="Fri 24 Jul 2026 14:00">14:00</time><code>#fff</code>@S1</p>'
        '<ol start="3" class="indent-0"><li>one</li></ol><ul class="indent-1"><li>dot</li></ul>'
        "<blockquote>said</blockquote><pre>code</pre>"
    )


def test_emoji_of_the_demo_are_known() -> None:
    assert with_emoji(":white_check_mark::hourglass_flowing_sand::12:") == "✅⏳:12:"
