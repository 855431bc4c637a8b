"""Stand-ins that ship with the product: a Slack workspace in the browser, and what it needs to be played with."""
