"""Saying things to Slack."""
