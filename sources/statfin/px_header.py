"""The header of a PX file: everything before `DATA=`, as keywords and as the variables of a cube.

Belongs here: the grammar (contract statfin, section 6.4), the character set, which variables there are and in which
order their cells stand. Does not belong here: the cells (`px_cells`), what we ask of a table (`layout`).
The grammar: `KEYWORD[language]("variable","value")=values;` with strings that may be spelled in several pieces.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod
from typing import BinaryIO
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")  # wall time of the stamps
LONGEST_HEADER = 8 * 1024 * 1024  # bytes; the largest StatFin table has about 0.2 MB
BLOCK = 64 * 1024
DEFAULT_CODEPAGE = "iso-8859-15"

_TOKEN = re.compile(r'\s*(?:"(?P<text>[^"]*)"|(?P<sign>[;=,()\[\]])|(?P<word>[^\s";=,()\[\]]+))')
_DATA = re.compile(rb"DATA\s*=")
# ISO-8859 leaves 0x80-0x9F to control characters; files hold Windows' punctuation there.
_WINDOWS = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in b"\x81\x8d\x8f\x90\x9d"}


class PxError(ValueError):
    """A PX file is not what it must be. The message names the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PxVariable:
    """One variable of the cube. `code`: language-neutral; `texts`: parallel to `codes`, in the language asked for;
    `total`: the code that stands for the variable when it is left out (None: it cannot be)."""

    code: str
    name: str
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    is_time: bool
    is_contents: bool
    map: str | None
    total: str | None


Key = tuple[str, str | None, tuple[str, ...]]  # keyword, language, what it is said of


@dataclass(frozen=True, slots=True)
class PxHeader:
    """A header that has been read. `keywords`: its statements; `data_begin`: byte at which the cells begin."""

    keywords: Mapping[Key, tuple[str, ...]]
    data_begin: int

    def said(self, keyword: str, *of: str, language: str | None = None) -> tuple[str, ...]:
        """The values of `KEYWORD[language]("of",...)`; empty when the file does not say it."""
        return self.keywords.get((keyword, language, of), ())

    def text(self, keyword: str, *of: str, language: str | None = None) -> str | None:
        """The single value of a statement, `#` turned into line breaks; None when the file does not say it."""
        values = self.said(keyword, *of, language=language)
        return values[0].replace("#", "\n") if values else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the file, its default language first."""
        default = self.said("LANGUAGE")
        return tuple(dict.fromkeys((*default, *self.said("LANGUAGES"))))

    @property
    def cells(self) -> int:
        """How many cells the header promises."""
        return prod(len(variable.codes) for variable in self.variables())

    @property
    def updated(self) -> datetime | None:
        """The newest LAST-UPDATED of all contents, in UTC; None when the file has none. Raises PxError."""
        stamps = [values[0] for (keyword, *_), values in self.keywords.items() if keyword == "LAST-UPDATED" and values]
        try:
            times = [datetime.strptime(stamp, "%Y%m%d %H:%M").replace(tzinfo=HELSINKI) for stamp in stamps]
        except ValueError as error:
            raise PxError(f"LAST-UPDATED is no time: {error}. Look at the table on the StatFin site.") from None
        return max(times).astimezone(UTC) if times else None

    def variables(self, language: str | None = None) -> tuple[PxVariable, ...]:
        """The variables in the order of the cells (the last one runs fastest), with texts in `language`.

        Without a language, or with one that the file lacks, in its default language. Raises PxError: no variables,
        a variable without values, codes and values of different number.
        """
        spoken = language if self._names(language) else None
        names, default_names = self._names(spoken), self._names(None)
        if not default_names:
            raise PxError("the header has neither STUB nor HEADING, so the order of the cells is unknown.")
        if len(names) != len(default_names):
            raise PxError(f"STUB and HEADING name {len(default_names)} variables, but {len(names)} in [{spoken}].")
        return tuple(self._variable(*pair, spoken) for pair in zip(default_names, names, strict=True))

    def _names(self, language: str | None) -> tuple[str, ...]:
        return (*self.said("STUB", language=language), *self.said("HEADING", language=language))

    def _variable(self, default_name: str, name: str, language: str | None) -> PxVariable:
        values = self.said("VALUES", default_name)
        codes = self.said("CODES", default_name) or values
        texts = self.said("VALUES", name, language=language) or values or codes
        time = self.said("TIMEVAL", default_name)
        if not codes or len(texts) != len(codes) or (len(time) > 1 and len(time) - 1 != len(codes)):
            raise PxError(
                f"variable {default_name!r} has {len(codes)} codes and {len(texts)} values"
                + (f", TIMEVAL lists {len(time) - 1}" if len(time) > 1 else "")
                + ". They must be equally many. Look at the table on the StatFin site."
            )
        if len(set(codes)) != len(codes):
            raise PxError(f"variable {default_name!r} has a code twice. Look at the table on the StatFin site.")
        return PxVariable(
            code=(self.text("VARIABLECODE", default_name) or default_name),
            name=name,
            codes=codes,
            texts=texts,
            is_time=bool(time),
            is_contents=self.text("CONTVARIABLE") == default_name,
            map=self.text("MAP", default_name),
            total=self._total(default_name, codes, values),
        )

    def _total(self, name: str, codes: tuple[str, ...], values: tuple[str, ...]) -> str | None:
        """The code of ELIMINATION's value; None for none and for YES, a sum that the file lacks."""
        elimination = self.said("ELIMINATION", name)
        if elimination and elimination[0] in values:
            return codes[values.index(elimination[0])]
        return elimination[0] if elimination and elimination[0] in codes else None


def read_header(stream: BinaryIO) -> PxHeader:
    """Read up to the cells, and leave the stream there.

    Raises PxError that names byte and line: no PX file, a statement that cannot be read, no DATA, rows with KEYS.
    """
    raw, data_begin = _until_data(stream)
    written = raw.decode("latin-1")  # one character a byte, so that places are bytes; texts are decoded one by one
    statements = list(_statements(written))
    codepage = _codepage(statements)
    keywords: dict[Key, tuple[str, ...]] = {}
    for keyword, language, of, said in statements:
        if keyword == "KEYS":
            raise PxError(
                "the file has KEYS: its data come with keys in each row, which is not read here. "
                "Pull the table through the API."
            )
        key = (keyword, language, tuple(_decoded(text, codepage) for text in of))
        keywords[key] = tuple(_decoded(text, codepage) for text in said)
    default = keywords.get(("LANGUAGE", None, ()), ())
    for (keyword, language, names), values in list(keywords.items()):
        if language in default:  # said of the default language by name: the same as without a name
            keywords.setdefault((keyword, None, names), values)
    stream.seek(data_begin)
    return PxHeader(keywords, data_begin)


def _until_data(stream: BinaryIO) -> tuple[bytes, int]:
    """The bytes before the statement DATA, and the byte after its `=`."""
    raw = b""
    while True:
        fresh = stream.read(BLOCK)
        searched = max(0, len(raw) - 16)
        raw += fresh
        for match in _DATA.finditer(raw, searched):
            before = raw[: match.start()]
            if before.count(b'"') % 2 == 0 and before.rstrip()[-1:] in (b";", b""):
                return before, match.end()
        if raw.lstrip()[:1] in (b"<", b"{"):
            begin = raw[:40].decode("latin-1").strip()
            raise PxError(f"this is no PX file, it begins {begin!r}. Check `px_url` in sources/statfin/source.yml.")
        if not fresh or len(raw) > LONGEST_HEADER:
            raise PxError(
                f"no DATA statement within the first {len(raw):,} bytes: this is no PX file, or it was cut off. "
                "Fetch it again, or check `px_url` in sources/statfin/source.yml."
            )


Statement = tuple[str, str | None, list[str], list[str]]


def _statements(written: str) -> Iterator[Statement]:
    """Every `KEYWORD[language]("of",...)=values;` as keyword, language, of, values."""
    tokens = _Tokens(written)
    while (keyword := tokens.next("word", optional=True)) is not None:
        language = None
        of: list[str] = []
        if tokens.skip("["):
            language = tokens.text_or_word()
            tokens.expect("]")
        if tokens.skip("("):
            of = tokens.values(until=")")
        tokens.expect("=")
        yield keyword, language, of, tokens.values(until=";")


class _Tokens:
    """The header's tokens, taken from the front; every complaint names its place."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at = 0

    def _peek(self) -> re.Match[str] | None:
        match = _TOKEN.match(self._written, self._at)
        if match is None and self._written[self._at :].strip():
            raise self._error("a text that does not end")
        return match

    def next(self, kind: str, *, optional: bool = False) -> str | None:
        """The next token, which must be of this kind; None at the end of the header if `optional`."""
        match = self._peek()
        if match is None and optional:
            return None
        if match is None or match[kind] is None:
            raise self._error(f"a {kind} was expected")
        self._at = match.end()
        return match[kind]

    def skip(self, sign: str) -> bool:
        match = self._peek()
        if match is None or match["sign"] != sign:
            return False
        self._at = match.end()
        return True

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise self._error(f"{sign!r} was expected")

    def text_or_word(self) -> str:
        match = self._peek()
        if match is None or match["sign"] is not None:
            raise self._error("a value was expected")
        self._at = match.end()
        return match["word"] if match["text"] is None else match["text"]

    def values(self, *, until: str) -> list[str]:
        """Values between commas. Texts that follow each other without one are pieces of one text; `TLIST(M1)` and
        `"2001"-"2026"` are one value each."""
        found: list[str] = []
        while not self.skip(until):
            value = self.text_or_word()
            while (match := self._peek()) is not None and (match["text"] is not None or match["word"] == "-"):
                self._at = match.end()
                value += match["word"] or match["text"]
            if self.skip("("):
                value += f"({','.join(self.values(until=')'))})"
            found.append(value)
            if not self.skip(","):
                self.expect(until)
                break
        return found

    def _error(self, what: str) -> PxError:
        line = self._written.count("\n", 0, self._at) + 1
        shown = self._written[self._at : self._at + 30].strip()
        return PxError(
            f"the header cannot be read at byte {self._at:,} (line {line:,}), near {shown!r}: {what}. "
            "Fetch the file again; if it stays so, look at the table on the StatFin site."
        )


def _codepage(statements: list[Statement]) -> str:
    said = next((values[0] for keyword, _, _, values in statements if keyword == "CODEPAGE" and values), None)
    try:
        return codecs.lookup(said or DEFAULT_CODEPAGE).name
    except LookupError:
        raise PxError(f"CODEPAGE={said!r} is no character set that is known here.") from None


def _decoded(text: str, codepage: str) -> str:
    """`text` as written (a character a byte), in its own character set; Windows' punctuation is read as such."""
    raw = text.replace("\r", "").replace("\n", "").encode("latin-1")
    decoded = raw.decode(codepage, errors="replace")
    return decoded.translate(_WINDOWS) if codepage.startswith("iso8859") else decoded
