"""The shortcodes of common emoji, as Slack names them."""

import re
from collections.abc import Mapping

# fmt: off
EMOJI: Mapping[str, str] = {
    "+1": "👍", "-1": "👎", "100": "💯", "alarm_clock": "⏰", "arrow_down": "⬇️", "arrow_left": "⬅️",
    "arrow_right": "➡️", "arrow_up": "⬆️", "bell": "🔔", "black_circle": "⚫", "bulb": "💡",
    "bust_in_silhouette": "👤", "busts_in_silhouette": "👥", "calendar": "📅",
    "chart_with_upwards_trend": "📈", "clap": "👏", "clock3": "🕒", "computer": "💻", "credit_card": "💳",
    "email": "✉️", "envelope": "✉️", "euro": "💶", "exclamation": "❗", "eyes": "👀", "fire": "🔥",
    "gear": "⚙️", "grin": "😁", "handshake": "🤝", "heart": "❤️", "heavy_check_mark": "✔️",
    "heavy_plus_sign": "\u2795", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "house": "🏠",
    "inbox_tray": "📥", "incoming_envelope": "📨", "information_source": "\u2139\ufe0f", "joy": "😂", "key": "🔑",
    "large_blue_circle": "🔵", "large_green_circle": "🟢", "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡", "link": "🔗", "lock": "🔒", "loudspeaker": "📢", "mag": "🔍",
    "mailbox": "📫", "memo": "📝", "money_with_wings": "💸", "moneybag": "💰", "muscle": "💪", "mute": "🔇",
    "no_bell": "🔕", "no_entry": "⛔", "no_entry_sign": "🚫", "octagonal_sign": "🛑", "office": "🏢",
    "ok_hand": "👌", "package": "📦", "paperclip": "📎", "pencil": "✏️", "pencil2": "✏️",
    "point_right": "👉", "pray": "🙏", "pushpin": "📌", "question": "❓", "raised_hands": "🙌",
    "receipt": "🧾", "red_circle": "🔴", "repeat": "🔁", "robot_face": "🤖", "rocket": "🚀",
    "rotating_light": "🚨", "seedling": "🌱", "slightly_smiling_face": "🙂", "smile": "😄",
    "sparkles": "✨", "speech_balloon": "💬", "star": "⭐", "stopwatch": "⏱️", "sunny": "☀️", "tada": "🎉",
    "thinking_face": "🤔", "thumbsdown": "👎", "thumbsup": "👍", "ticket": "🎫", "unlock": "🔓",
    "warning": "⚠️", "wastebasket": "🗑️", "wave": "👋", "white_check_mark": "✅", "white_circle": "⚪",
    "wrench": "🔧", "x": "❌", "yen": "💴", "zap": "⚡", "zzz": "💤",
}
# fmt: on

SHORTCODE = re.compile(r":([a-z0-9_+-]+):")


def with_emoji(text: str) -> str:
    """The text with the shortcodes it knows replaced; the others stay as they are."""
    return SHORTCODE.sub(lambda found: EMOJI.get(found[1], found[0]), text)
