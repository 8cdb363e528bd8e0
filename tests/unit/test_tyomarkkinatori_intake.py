"""What becomes of each kind of line: kept as an allow-listed record, skipped, left out and counted, or a failure."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from postings_pull import NURSE, SECRET, ndjson, posting, posting_id

from sources.http import UnreadableAnswerError
from sources.tyomarkkinatori.intake import LONGEST_LINE, LOOK_AT_ALL, DriftError, Intake, pieces_of
from sources.tyomarkkinatori.ledger import stage
from sources.tyomarkkinatori.records import COLUMNS, Record
from sources.tyomarkkinatori.schema import Interface, NotConfiguredError, load_source
from sources.tyomarkkinatori.screen import OTHER, Pseudonym, Screen

SOURCE = load_source()
FOR_EVER = "9999-12-31T21:59:59Z"


def taken(tmp_path: Path, *lines: dict[str, Any] | bytes, interface: Interface = Interface.P67) -> Intake:
    return taken_body(tmp_path, ndjson(lines), interface=interface)


def taken_body(tmp_path: Path, body: bytes, *, interface: Interface = Interface.P67, size: int = 1000) -> Intake:
    screen = Screen(Pseudonym(SECRET))
    with Intake(interface, name="test", source=SOURCE, screen=screen, target=tmp_path / "records.ndjson") as intake:
        intake.take_body(body[start : start + size] for start in range(0, len(body), size))
    return intake


def records(intake: Intake) -> list[dict[str, Any]]:
    return [json.loads(line) for line in intake.target.read_bytes().splitlines()]


def test_a_posting_is_kept_by_its_allowed_fields_and_its_pseudonym(tmp_path: Path) -> None:
    (record,) = records(taken(tmp_path, posting(1)))
    assert record == {
        "posting_id": hmac.digest(SECRET, posting_id(1).encode(), "sha256").hex(),
        "created": "2026-08-01T06:00:00Z",
        "last_modified": "2026-08-01T06:00:00Z",
        "published": "2026-08-01T06:00:00Z",
        "expires": "2026-12-31T21:59:00Z",
        "open_positions": 2,
        "main_occupation": NURSE,
        "occupations": [NURSE],
        "employment_relationship": "01",
        "continuity_of_work": ["01"],
        "work_time": "01",
        "employer_type": "Organization",
        "industry_code": "87301",
        "countries": ["FI"],
        "regions": ["01"],
        "municipalities": ["091"],
        "languages": ["fi"],
    }


def test_the_columns_that_are_read_are_those_that_are_written() -> None:
    assert [*COLUMNS] == [field.name for field in msgspec.structs.fields(Record)]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_lines_are_cut_at_line_feeds_only_however_the_blocks_fall(tmp_path: Path, size: int) -> None:
    blocks = [b"a\x1c\xe2\x80\xa8\nb", b"\xc2\x85", b"c\nd"]
    assert list(pieces_of(blocks)) == [(b"a\x1c\xe2\x80\xa8", True), (b"b\xc2\x85c", True), (b"d", False)]
    odd = posting(1, position__title={"fi": "a\u2028b\u2029c\u0085d"})
    line = json.dumps(odd, ensure_ascii=False).encode()
    intake = taken_body(tmp_path, line + b"\n" + line, size=size)
    assert (intake.lines, intake.usable) == (2, 2)


def test_blank_lines_are_skipped(tmp_path: Path) -> None:
    intake = taken(tmp_path, b"", posting(1), b"  ", b"\r")
    assert (intake.lines, intake.blank, intake.usable, intake.quarantined) == (4, 3, 1, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"languages": ["fi"], "metadata": {', "not_json"),
        (b'{"languages": ["\xff\xfe"]}', "not_json"),
        (b"[1,2,3]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (posting(1, metadata__externalId=...), "no_id"),
        (posting(1, metadata__externalId=None), "no_id"),
        (posting(1, metadata__externalId=" "), "no_id"),
        (posting(1, metadata=None), "no_id"),
        (posting(1, metadata__externalId=7), "unreadable_value metadata.externalId"),
        (posting(1, application__published="soon"), "unreadable_value application.published"),
        (posting(1, application__openPositions=0), "unreadable_value application.openPositions"),
        (posting(1, application__openPositions=1001), "unreadable_value application.openPositions"),
        (posting(1, application__openPositions="3"), "unreadable_value application.openPositions"),
        (posting(1, location__municipalities="091"), "unreadable_value location.municipalities"),
        (posting(1, location__municipalities=["Helsinki"]), "unreadable_value municipalities"),
        (posting(1, position__workTime="ask Matti"), "unreadable_value workTime"),
        (posting(1, owner__industryCode="Matti Meikäläinen"), "unreadable_value industryCode"),
        (posting(1, position__mainOccupation="mailto:matti@example.invalid"), "unreadable_value occupations"),
        (posting(1, position__occupations=["https://example.invalid/?mail=a@b"]), "unreadable_value occupations"),
        (posting(1, location__municipalities=["٠٩١"]), "unreadable_value municipalities"),
        (posting(1, metadata__lastModified="9999-12-31T23:59:59-10:00"), "unreadable_value lastModified"),
        (posting(1, application__published="0001-01-01T00:00:00"), "unreadable_value published"),
        (json.dumps(posting(1)).encode()[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}", "nested_too_deep"),
    ],
)
def test_an_unusable_line_is_left_out_with_its_reason_place_length_and_hash(
    tmp_path: Path, line: dict[str, Any] | bytes, reason: str
) -> None:
    intake = taken(tmp_path, posting(2), line)
    assert (intake.usable, dict(intake.reasons)) == (1, {reason: 1})
    (left_out,) = intake.quarantined
    sent = ndjson([line]).rstrip(b"\n")
    assert (left_out.line, left_out.reason, left_out.bytes) == (2, reason, len(sent))
    assert len(records(intake)) == 1


@pytest.mark.parametrize("member", ["metadata", "owner", "position", "location", "application"])
def test_another_structure_is_a_loud_failure_that_does_not_quote(tmp_path: Path, member: str) -> None:
    with pytest.raises(DriftError, match=f"line 2: `{member}` is not an object any more") as failure:
        taken(tmp_path, posting(2), posting(1, **{member: "Matti Meikäläinen"}))
    assert "Matti" not in str(failure.value)
    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-07T02:08:24.442548123Z",
        "2026-09-07T02:08:24.442548Z",
        "2026-09-07T02:08:24.4Z",
        "2026-09-07T02:08:24Z",
        "2026-09-07T05:08:24+03:00",
        "2026-09-07T02:08:24",
        "2026-09-07T02:08:24.123456",
    ],
)
def test_every_known_form_of_a_time_is_read(tmp_path: Path, text: str) -> None:
    intake = taken(tmp_path, posting(1, application__published=text))
    assert intake.usable == 1


def test_codes_get_their_leading_zeros(tmp_path: Path) -> None:
    (record,) = records(taken(tmp_path, posting(1, location__municipalities=["91", "5"], location__regions=["1"])))
    assert (record["municipalities"], record["regions"]) == (["091", "005"], ["01"])


def test_names_of_new_fields_are_counted_and_their_values_gone(tmp_path: Path) -> None:
    intake = taken(
        tmp_path,
        posting(1, position__newThing="Matti", brandNew={"a": 1}),
        posting(2, position__newThing="Matti"),
        posting(3, **{"matti@example.invalid": 1}),
    )
    assert intake.unknown_fields == {"position.newThing": 2, "brandNew": 1, "(not a name)": 1}
    assert b"Matti" not in intake.target.read_bytes()


def test_documented_fields_are_not_new(tmp_path: Path) -> None:
    line = posting(1, owner__householdEmployer="x", application__helpText={"fi": "x"}, externalLinks=[], client={})
    assert not taken(tmp_path, line).unknown_fields


def test_unknown_codes_are_kept_and_counted(tmp_path: Path) -> None:
    lines = [posting(n, position__workTime="FT", owner__employerType="Household") for n in range(3)]
    intake = taken(tmp_path, *lines, posting(4, languages=["fi", "ru"]))
    assert [record["work_time"] for record in records(intake)] == ["FT", "FT", "FT", "01"]
    staged = stage(intake.target, is_archived=False, codes=SOURCE.codes)
    assert staged.unknown_codes == {"work_time": {"FT": 3}, "employer_type": {OTHER: 3}, "languages": {"ru": 1}}
    assert not intake.target.exists()


def test_what_could_name_somebody_in_a_field_of_codes_is_not_written(tmp_path: Path) -> None:
    phone, name, page = "0401234567", "Meikalainen", "http://meikäläinen.example/0401234567"
    intake = taken(
        tmp_path,
        posting(1, position__workTime=phone, position__continuityOfWork=["01", name], owner__employerType=name),
        posting(2, position__employmentRelationship=name, owner__industryCode=phone, position__mainOccupation=page),
        posting(3, position__mainOccupation=None, position__occupations=[page], application__expires=FOR_EVER),
    )
    assert intake.usable == 3, "the postings count"
    written = intake.target.read_text()
    assert not [value for value in (phone, name, "example") if value in written]
    first, second, third = records(intake)
    assert (first["work_time"], first["continuity_of_work"], first["employer_type"]) == (OTHER, ["01", OTHER], OTHER)
    assert (second["employment_relationship"], second["industry_code"], second["main_occupation"]) == (OTHER,) * 3
    assert (third["occupations"], third["expires"]) == ([OTHER], FOR_EVER)


def test_many_lines_are_taken_at_once_with_the_same_result(tmp_path: Path) -> None:
    usual = ndjson([posting(1)])
    odd = b"\n{broken\n" + ndjson([posting(2, position__workTime="no code"), posting(3, metadata__externalId=None)])
    many = LOOK_AT_ALL + 4000
    body = usual * many + odd + usual * many + ndjson([posting(4)])[:-1]
    intake = taken_body(tmp_path, body, size=100_000)
    assert (intake.lines, intake.blank, intake.usable) == (2 * many + 5, 1, 2 * many + 1)
    assert intake.looked_at < intake.usable
    assert intake.reasons == {"not_json": 1, "unreadable_value workTime": 1, "no_id": 1}
    assert [left_out.line for left_out in intake.quarantined] == [many + 2, many + 3, many + 4]
    assert len(records(intake)) == intake.usable
    with pytest.raises(DriftError, match=f"line {many + 1}: `owner`"):
        taken_body(tmp_path, usual * many + ndjson([posting(5, owner="text")]), size=100_000)


def test_a_body_that_ends_in_the_middle_of_a_line_is_no_whole_answer(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAnswerError, match="middle of a line"):
        taken_body(tmp_path, ndjson([posting(1), posting(2)])[:-40])


def test_a_last_line_without_its_line_feed_is_a_line(tmp_path: Path) -> None:
    assert taken_body(tmp_path, ndjson([posting(1), posting(2)])[:-1]).usable == 2


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    block = b"x" * (1024 * 1024)
    with pytest.raises(DriftError, match="no NDJSON"):
        list(pieces_of(block for _ in range(LONGEST_LINE // len(block) + 2)))


def test_policy_freeze_stops_at_the_first_unreadable_value(tmp_path: Path) -> None:
    strict = msgspec.structs.replace(SOURCE, drift=msgspec.structs.replace(SOURCE.drift, unreadable_value="freeze"))
    screen = Screen(Pseudonym(SECRET))
    with (
        pytest.raises(DriftError, match="not_json"),
        Intake(Interface.P67, name="test", source=strict, screen=screen, target=tmp_path / "r") as intake,
    ):
        intake.take_body([b"{\n"])


@pytest.mark.parametrize("secret", [b"", b"x" * 31])
def test_a_short_secret_is_refused_in_words(secret: bytes) -> None:
    with pytest.raises(NotConfiguredError, match=r"at least 32 are needed.*openssl rand"):
        Pseudonym(secret)


def test_every_recorded_edge_case_ends_where_the_contract_says(tmp_path: Path, recordings: Path) -> None:
    lines = (recordings / "job_postings/synthetic/p67_v2_edgecases_SYNTHETIC.ndjson").read_bytes().split(b"\n")[:25]
    intake = taken(tmp_path, *lines[:24])
    assert (intake.lines, intake.blank, intake.usable) == (24, 1, 20)
    assert [(left.line, left.reason) for left in intake.quarantined] == [
        (22, "not_json"),
        (23, "not_an_object"),
        (24, "no_id"),
    ]
    with pytest.raises(DriftError, match="`metadata` is not an object"):
        taken(tmp_path, *lines)


def test_the_recorded_v1_posting_becomes_the_same_kind_of_record(tmp_path: Path, recordings: Path) -> None:
    page = json.loads((recordings / "job_postings/samples/tmt_v1_response_mock.json").read_bytes())
    intake = taken(tmp_path, *page["ilmoitukset"], interface=Interface.V1)
    (record,) = records(intake)
    assert record | {"posting_id": ""} == {
        "posting_id": "",
        "created": "2022-08-01T11:27:15Z",
        "last_modified": "2022-08-03T14:07:38Z",
        "published": "2022-08-01T11:27:16Z",
        "expires": "2022-12-30T22:00:00Z",
        "open_positions": 10,
        "occupations": [
            "http://data.europa.eu/esco/occupation/8d3e8aaa-791b-4c75-a465-f3f827028f50",
            "http://data.europa.eu/esco/occupation/d38c2107-98f2-47b7-8bb4-f69750d51082",
        ],
        "employment_relationship": "01",
        "continuity_of_work": ["01"],
        "work_time": "02",
        "employer_type": "01",
        "countries": [],
        "regions": [],
        "municipalities": ["297", "179"],
        "languages": ["fi"],
    }
    assert not intake.unknown_fields
