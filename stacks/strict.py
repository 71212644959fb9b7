"""The base of every document that a person writes for the platform: strict, closed, and immutable."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """Refuses unknown keys and values of another type; never converts a value to make it fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
