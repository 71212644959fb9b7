"""The types of pulumi-aws that can bear tags, from its own sources (`python -m tests.policy.sdk_types` writes them)."""

from pathlib import Path

TAGGABLE = frozenset(Path(__file__).with_suffix(".txt").read_text().split())
