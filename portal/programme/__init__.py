"""The vendor's rules as data: one TOML file, read into frozen dataclasses when the portal starts."""

from portal.programme.load import ProgrammeError, load
from portal.programme.schema import Programme

__all__ = ["Programme", "ProgrammeError", "load"]
