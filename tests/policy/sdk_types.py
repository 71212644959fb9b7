"""What pulumi-aws's sources say of its resource types, read without importing them: that would take half a minute.

Run as a program it writes the list of types that can bear tags anew, for a new version of pulumi-aws.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

TAGGABLE_FILE = Path(__file__).parents[2] / "policy/rules/taggable.txt"
_TOKEN = re.compile(r"super\([A-Za-z0-9]+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_TAGS = re.compile(r"@pulumi\.getter\s+def tags\(self\) -> pulumi\.Input\[")


def _sources() -> Iterator[str]:
    specification = importlib.util.find_spec("pulumi_aws")
    assert specification is not None
    assert specification.origin is not None
    for path in sorted(Path(specification.origin).parent.rglob("*.py")):
        if not path.name.startswith(("get_", "_", "outputs")):
            yield path.read_text()


def resource_types() -> dict[str, bool]:
    """Every resource type, and whether it takes tags."""
    return {found[1]: bool(_TAGS.search(source)) for source in _sources() if (found := _TOKEN.search(source))}


def taggable() -> list[str]:
    """The types that take tags."""
    return sorted(token for token, tags in resource_types().items() if tags)


if __name__ == "__main__":
    TAGGABLE_FILE.write_text("".join(f"{token}\n" for token in taggable()))
