"""The account backend: the system that knows the organisation account and the individual accounts."""
