"""One contender in one process: `python contenders.py NAME [WORLD TARGET]` turns the answers of WORLD into TARGET.

Without WORLD only what the contender needs is imported: the baseline. Each contender is a function that imports and
returns the work; the answers are read from disk one by one, and every library writes Parquet its natural way.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

Work = Callable[[Path, Path], None]


def _answers(world: Path) -> Iterator[bytes]:
    for sha256 in json.loads((world / "vintage.json").read_bytes())["answers"]:
        yield (world / "raw" / "sha256" / sha256[:2] / sha256).read_bytes()


def wide() -> Work:
    """Ours as the pipeline does it: one typed row per area, occupation and month; each content with its symbol."""
    import msgspec
    import pandas  # noqa: F401  # pyarrow imports it for its first array, so it is among what we need

    from sources.archive import RawArchive
    from sources.statfin.parse import land
    from sources.statfin.schema import load_source
    from sources.vintage import Vintage

    def work(world: Path, target: Path) -> None:
        vintage = msgspec.json.decode((world / "vintage.json").read_bytes(), type=Vintage)
        land(vintage, RawArchive(world / "raw"), load_source(), target)

    return work


def long() -> Work:
    """Ours into the table that pxwebpy gives: a row per cell, every key a text."""
    import msgspec
    import pandas  # noqa: F401  # as in `wide`
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from sources.archive import RawArchive
    from sources.statfin.layout import find_layout
    from sources.statfin.parse import TEXT, read_answer
    from sources.statfin.schema import Metadata, load_source
    from sources.vintage import Vintage

    schema = pa.schema({"area": TEXT, "occupation": TEXT, "month": TEXT, "content": TEXT, "value": pa.int64()})

    def work(world: Path, target: Path) -> None:
        vintage = msgspec.json.decode((world / "vintage.json").read_bytes(), type=Vintage)
        archive, source = RawArchive(world / "raw"), load_source()
        request = source.tables[vintage.table]
        metadata = msgspec.json.decode(archive.get(vintage.metadata), type=Metadata)
        layout = find_layout(vintage.table, request, metadata, source, {})
        with pq.ParquetWriter(target, schema, compression="zstd", store_schema=False) as writer:
            for sha256 in vintage.answers:
                columns = read_answer(archive.get(sha256), layout, request)
                period = columns["period"].dictionary_encode()
                month = pa.DictionaryArray.from_arrays(period.indices, pc.strftime(period.dictionary, "%YM%m"))
                for code, column in layout.contents.items():
                    content = pa.repeat(code, len(month)).dictionary_encode()
                    keys = (columns["area_code"], columns["occupation_code"], month, content)
                    writer.write_table(pa.table([*keys, columns[column]], schema=schema))

    return work


def pxwebpy() -> Work:
    """pxwebpy as its quick start shows it: one list of dicts for all answers, and polars."""
    import polars
    from pxweb._internal.functions import unpack_table_data

    def work(world: Path, target: Path) -> None:
        rows = [row for answer in _answers(world) for row in unpack_table_data(json.loads(answer), show="code")]
        polars.DataFrame(rows).write_parquet(target)

    return work


def pxwebpy_by_answer() -> Work:
    """pxwebpy, kinder to memory than its quick start: a data frame for each answer."""
    import polars
    from pxweb._internal.functions import unpack_table_data

    def work(world: Path, target: Path) -> None:
        frames = [polars.DataFrame(unpack_table_data(json.loads(answer), show="code")) for answer in _answers(world)]
        polars.concat(frames).write_parquet(target)

    return work


def pyjstat() -> Work:
    """pyjstat's Dataset, and pandas, the data frame it gives."""
    import pandas
    from pyjstat import pyjstat

    def work(world: Path, target: Path) -> None:
        frames = [pyjstat.Dataset.read(answer.decode()).write("dataframe", naming="id") for answer in _answers(world)]
        pandas.concat(frames, ignore_index=True).to_parquet(target, index=False)

    return work


CONTENDERS = {contender.__name__: contender for contender in (wide, long, pxwebpy, pxwebpy_by_answer, pyjstat)}

if __name__ == "__main__":
    work = CONTENDERS[sys.argv[1]]()
    if sys.argv[2:]:
        work(Path(sys.argv[2]), Path(sys.argv[3]))
