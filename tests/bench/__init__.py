"""`make bench`: what the bot costs, as ratios against baselines measured in the same run (docs/bench.md)."""
