"""One reader of PX in one process: `python px_contenders.py NAME [WORLD TARGET]`; prints the work's own time as JSON.

Without WORLD only what the contender needs is imported: the baseline.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Work = Callable[[Path, Path], float | None]


def px() -> Work:
    """Ours as the pipeline does it: the hash is verified, one typed row per area, occupation and month is written."""
    import msgspec

    from sources.archive import RawArchive
    from sources.statfin.parse import land
    from sources.statfin.schema import load_source
    from sources.vintage import Vintage

    def work(world: Path, target: Path) -> None:
        vintage = msgspec.json.decode((world / "vintage.json").read_bytes(), type=Vintage)
        source = load_source()
        everything = msgspec.structs.replace(source.tables["12ti"], dimensions={"area": ".*", "occupation": ".*"})
        source = msgspec.structs.replace(source, tables={"12ti": everything})
        land(vintage, RawArchive(world / "raw"), source, target)

    return work


def memory() -> Work:
    """The yardstick: the table that `px` landed is held in memory, then written once more with the same settings.

    The time that it returns is that of writing alone.
    """
    import pandas  # noqa: F401
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sources.statfin.landed import PARQUET, TEXT, landed_schema
    from sources.statfin.schema import load_source

    def work(world: Path, target: Path) -> float:
        schema = landed_schema(load_source().tables["12ti"])
        texts = [field.name for field in schema if field.type == TEXT]
        table = pq.read_table(target.with_name("px.parquet"), read_dictionary=texts)
        table = table.unify_dictionaries().combine_chunks()
        held = pa.table([column.cast(field.type) for column, field in zip(table.columns, schema, strict=True)], schema)
        del table
        begin = time.process_time(), time.perf_counter()
        with pq.ParquetWriter(target, schema, **PARQUET) as writer:
            writer.write_table(held)
        print(json.dumps({"cpu": time.process_time() - begin[0], "wall": time.perf_counter() - begin[1]}))
        return 0.0

    return work


def pyaxis() -> Work:
    """pyaxis into its data frame, whose values are texts, and that into Parquet."""
    return _pyaxis(writes=True)


def pyaxis_frame() -> Work:
    """pyaxis into its data frame and no further."""
    return _pyaxis(writes=False)


def _pyaxis(*, writes: bool) -> Work:
    from pyaxis import pyaxis as reader

    def work(world: Path, target: Path) -> None:
        sha256 = json.loads((world / "vintage.json").read_bytes())["answers"][0]
        path = world / "raw" / "sha256" / sha256[:2] / sha256
        frame = reader.parse(str(path), encoding="iso-8859-15", sd_values=r'"\.\.\."')["DATA"]
        truth = json.loads((world / "truth.json").read_text())
        found = (len(frame), int(frame["DATA"].isna().sum()))
        if found != (truth["cells"], truth["missing"]):
            sys.exit(f"pyaxis: (cells, missing) is {found}, generated were {truth['cells'], truth['missing']}")
        if writes:
            frame.to_parquet(target, index=False)

    return work


CONTENDERS = {contender.__name__: contender for contender in (px, memory, pyaxis, pyaxis_frame)}

if __name__ == "__main__":
    work = CONTENDERS[sys.argv[1]]()
    if sys.argv[2:]:
        begin = time.process_time(), time.perf_counter()
        if work(Path(sys.argv[2]), Path(sys.argv[3])) is None:
            print(json.dumps({"cpu": time.process_time() - begin[0], "wall": time.perf_counter() - begin[1]}))
