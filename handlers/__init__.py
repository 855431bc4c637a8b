"""All that is Slack's shape: payloads in, Block Kit out."""
