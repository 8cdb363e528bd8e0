"""May the live service be called? No licence was found for it (contract barometer, section 1.8).

Belongs here: the refusal. Does not belong here: where the answer comes from (a setting of the pipeline).
"""

from __future__ import annotations

from sources.http import SourceError
from sources.tyovoimabarometri.schema import Source


class LicenceMissingError(SourceError):
    """The live service must not be called: nobody has agreed to it."""


def refuse_without_licence(source: Source, *, agreed: bool) -> None:
    """Return when the live service may be called: the use was `agreed`, or source.yml says so (`enabled_live`).

    Raises LicenceMissingError that names the missing licence and whom to ask.
    """
    if not (agreed or source.enabled_live):
        raise LicenceMissingError(
            f"{source.source}: the live client is off, because no licence or terms of use were found for the data of "
            f"{source.homepage}. Ask {source.publisher} ({source.contact}) for permission and then say so by the "
            "setting KOHTAANTO_BAROMETER_AGREED=true; recordings and the sample work without."
        )
