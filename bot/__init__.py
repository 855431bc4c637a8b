"""The application: rules, use cases and wiring. Knows no Slack payload."""
