"""The policy pack, as `pulumi preview --policy-pack policy` starts it: `python -u -m pulumi.policy ENGINE PACK`."""

import sys
from pathlib import Path

# The engine starts it in the directory of the program that is previewed, which may be any.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policy.analyzer import serve

serve(Path(__file__).resolve().parent)
