"""What every part of the outputs' model is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class OutputModel(BaseModel):
    """A part of the outputs; holds exactly what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)
