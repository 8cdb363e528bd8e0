"""What the classification service is asked for and what its bodies look like, as types.

Belongs here: `source.yml` as Source, items and rows of correspondence maps (contract reference, sections 4.2, 4.3) as
structs. Further members are ignored, most known ones may be missing. Does not belong here: what they say about the
seeds (`compare`).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sources.description import DescribedSource, DescribedTable

SOURCE_FILE = Path(__file__).with_name("source.yml")
MUNICIPALITY, OCCUPATION = "municipality", "occupation"
PLACEHOLDER_YEAR = 1900  # a modifiedDate before it stands for "not known"


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy for each kind of drift; a policy that cannot be carried out is refused here."""

    unknown_member: Literal["evolve"]
    new_code: Literal["freeze"]
    vanished_code: Literal["freeze"]
    changed_name: Literal["freeze"]
    changed_membership: Literal["freeze"]
    missing_translation: Literal["freeze"]
    unreadable_classification: Literal["evolve"]


class Table(DescribedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One classification, named by the area level (or 'occupation') that it is in the seeds."""

    series: str
    prefix: str
    codes: str
    cadence: Literal["day", "month", "quarter", "year"]
    id: str | None = None
    left_out: str | None = None
    until: int | None = None


class Source(DescribedSource, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`source.yml` as a whole. `aliases`: a name in the service -> the name that the seeds keep for it."""

    languages: tuple[Literal["fi", "sv", "en"], ...]
    drift: Drift
    aliases: dict[str, str]
    tables: dict[str, Table]


@cache
def load_source(path: Path = SOURCE_FILE) -> Source:
    """`source.yml`, checked. Raises msgspec.ValidationError that names the faulty member."""
    return msgspec.yaml.decode(path.read_bytes(), type=Source)


class ItemName(msgspec.Struct, frozen=True):
    """A name in one language."""

    lang: str
    name: str | None = None


class Item(msgspec.Struct, frozen=True):
    """One item of a classification, in the language asked for. `level` comes as 1 or 1.0; 0 is the root."""

    code: str
    level: float = 1
    modified: str | None = msgspec.field(name="modifiedDate", default=None)
    names: tuple[ItemName, ...] = msgspec.field(name="classificationItemNames", default=())

    @property
    def depth(self) -> int:
        """The level as a whole number."""
        return int(self.level)

    def name(self, language: str) -> str | None:
        """The name in `language`; None when the service has none, or only one in another language."""
        found = [entry.name.strip() for entry in self.names if entry.lang == language and entry.name]
        return found[0] if found and found[0] else None

    @property
    def modified_at(self) -> datetime | None:
        """When the item was changed; None when the service says nothing or fills in a placeholder."""
        if not self.modified:
            return None
        moment = datetime.fromisoformat(self.modified)
        return moment if moment.year >= PLACEHOLDER_YEAR else None


class MapItem(msgspec.Struct, frozen=True):
    """One end of a map row."""

    code: str | None = None


class MapRow(msgspec.Struct, frozen=True):
    """One pair of codes of a correspondence table; the code is in the item, else behind the slash of the local id."""

    source_id: str = msgspec.field(name="sourceLocalId", default="")
    target_id: str = msgspec.field(name="targetLocalId", default="")
    source_item: MapItem | None = msgspec.field(name="sourceItem", default=None)
    target_item: MapItem | None = msgspec.field(name="targetItem", default=None)

    @property
    def pair(self) -> tuple[str, str]:
        """Source code, target code; '' where the row names none."""
        return _code(self.source_item, self.source_id), _code(self.target_item, self.target_id)


def _code(item: MapItem | None, local_id: str) -> str:
    return (item.code if item and item.code else None) or local_id.partition("/")[2]
