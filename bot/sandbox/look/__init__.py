"""How things look on the page: Slack's texts, dates and emoji turned into HTML."""
