"""The postings replay server behaves as the contract says of KEHA's interfaces: P67 v2, V1, tokens, faults, clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sources.tyomarkkinatori.replay import PLANTED, Fault, PostingsFolderError, PostingsReplay
from sources.tyomarkkinatori.replay_personal import DROPPED
from sources.tyomarkkinatori.replay_tokens import AUDIENCE, ISSUER, JWKS_PATH, KEY_ID, TOKEN_PATH

NURSE = "http://data.europa.eu/esco/occupation/11111111-aaaa"
CODER = "http://data.europa.eu/esco/occupation/22222222-bbbb"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
Posting = dict[str, Any]


def posting(
    ident: str,
    *,
    published: str | None = "2026-06-01T08:00:00Z",
    archived: str | None = None,
    **parts: Mapping[str, Any],
) -> Posting:
    metadata = {"externalId": ident, "created": "2026-06-01T07:00:00Z", "lastModified": "2026-06-02T07:00:00.5Z"}
    application: dict[str, Any] = {"published": published, "expires": "2026-06-30T20:59:59Z", "openPositions": 2}
    said: Posting = {
        "languages": ["fi"],
        "metadata": metadata | ({"archived": archived} if archived else {}),
        "owner": {"employerType": "Organization"},
        "position": {"mainOccupation": NURSE, "occupations": [NURSE], "workTime": "01", "continuityOfWork": ["02"]},
        "location": {"countries": ["FI"], "regions": ["06"], "municipalities": ["837"]},
        "application": application,
    }
    for part, values in parts.items():
        said[part] = {**said[part], **values} if isinstance(values, Mapping) else values
    return said


POSTINGS = [
    posting("plain"),
    posting("coder", position={"mainOccupation": CODER, "occupations": [CODER], "workTime": "02"}),
    posting("swedish", languages=["sv", "en"], location={"regions": [], "municipalities": ["091", "837"]}),  # type: ignore[arg-type]
    posting("group", position={"mainOccupation": "http://data.europa.eu/esco/isco/C532", "occupations": []}),
    posting("unpublished", published=None),
    posting("household", owner={"employerType": "Household", "householdEmployer": "Keksi Koti"}),
    posting("no-deadline", application={"expires": None}, position={"continuityOfWork": ["02", "0201"]}),
    posting("gone", archived="2026-06-10T09:00:00Z"),
    posting("leaving", archived="2026-06-20T09:00:00Z"),
    posting("coming", published="2026-06-18T05:00:00Z", metadata={"lastModified": "2026-06-25T00:00:00Z"}),
]
OPEN_AT_NOON = {"plain", "coder", "swedish", "group", "unpublished", "household", "no-deadline", "leaving"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "job_postings"
    root.mkdir()
    (root / "postings_test.ndjson").write_text("".join(json.dumps(p) + "\n" for p in POSTINGS), "utf-8")
    (root / "occupation_isco08.csv").write_text(f"esco_uri,isco08\n{NURSE},2221\n{CODER},2512\n", "utf-8")
    return tmp_path


@pytest.fixture
def served(folder: Path) -> Iterator[PostingsReplay]:
    with PostingsReplay(folder, clock=NOON) as server:
        yield server


def ask(
    server: PostingsReplay, body: object = None, *, headers: Mapping[str, str] | None = None, **options: Any
) -> requests.Response:
    said = {"KIPA-Subscription-Key": server.key or "", "Content-Type": "application/json", **(headers or {})}
    content = json.dumps({} if body is None else body) if not isinstance(body, bytes) else body
    return requests.post(server.p67_url, data=content, headers=said, timeout=10, **options)


def read(answer: requests.Response) -> list[Posting]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.split(b"\n") if line]


def ids(server: PostingsReplay, **filters: Any) -> set[str]:
    return {p["metadata"]["externalId"] for p in read(ask(server, filters))}


def token(server: PostingsReplay, **changes: str | None) -> requests.Response:
    form: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "scope": server.scope,
        "response_type": "token",
    }
    given = {name: value for name, value in (form | changes).items() if value is not None}
    return requests.post(server.token_url, data=given, timeout=10)


def bearer(server: PostingsReplay) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(server).json()['access_token']}"}


def v1(server: PostingsReplay, headers: Mapping[str, str], **query: Any) -> requests.Response:
    return requests.get(server.v1_url, params={"sivu": 0, "maara": 100, **query}, headers=dict(headers), timeout=10)


# ---- P67: the call


def test_postings_come_as_chunked_ndjson_with_a_line_end_each(served: PostingsReplay) -> None:
    answer = ask(served, {"onlyStatus": "PUBLISHED"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    assert answer.content.endswith(b"}\n")
    assert {p["metadata"]["externalId"] for p in read(answer)} == OPEN_AT_NOON
    assert served.asked == [{"onlyStatus": "PUBLISHED"}]


def test_nothing_that_fits_is_an_empty_body_and_no_error(served: PostingsReplay) -> None:
    answer = ask(served, {"municipalityIn": ["999"]})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_405(served: PostingsReplay, method: str) -> None:
    answer = requests.request(method, served.p67_url, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_another_address_is_404(served: PostingsReplay) -> None:
    assert requests.post(served.url + "/kipa/p67/v1/jobpostings", timeout=10).status_code == 404


@pytest.mark.parametrize(("key", "said"), [(None, "missing"), ("wrong", "invalid")])
def test_without_its_key_a_call_is_401_as_json(served: PostingsReplay, key: str | None, said: str) -> None:
    headers = {"Content-Type": "application/json"} | ({"KIPA-Subscription-Key": key} if key else {})
    answer = requests.post(served.p67_url, data="{}", headers=headers, timeout=10)
    assert answer.status_code == answer.json()["statusCode"] == 401
    assert said in answer.json()["message"]


def test_the_name_of_the_key_header_is_configuration(folder: Path) -> None:
    with PostingsReplay(folder, key_header="KIPA-SubscriptionId", key="other") as server:
        assert ask(server).status_code == 401
        assert ask(server, headers={"KIPA-SubscriptionId": "other"}).status_code == 200
    with PostingsReplay(folder, key=None) as server:
        assert ask(server).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_415(served: PostingsReplay, content_type: str) -> None:
    assert ask(served, headers={"Content-Type": content_type}).status_code == 415


def test_a_content_type_may_have_parameters(served: PostingsReplay) -> None:
    assert ask(served, headers={"Content-Type": "application/json; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff{}",
        [],
        "PUBLISHED",
        {"onlyStatus": "OPEN"},
        {"onlyStatus": ["PUBLISHED"]},
        {"regionIn": [f"{n:02d}" for n in range(11)]},
        {"municipalityIn": ["091"] * 11},
        {"countryIn": ["FI"] * 11},
        {"occupationIscoIn": ["1"] * 11},
        {"postingLanguageIn": ["fi", "sv", "en", "fi"]},
        {"postingLanguageIn": ["ru"]},
        {"workTimeIn": "01"},
        {"workTimeIn": [1]},
        {"modified": "2026-06-01"},
        {"modified": {"from": "yesterday"}},
        {"archived": {"to": 5}},
    ],
)
def test_what_the_filters_do_not_know_is_400(served: PostingsReplay, body: object) -> None:
    answer = ask(served, body)
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)
    assert served.asked == []


def test_an_unknown_property_is_ignored_or_400_as_switched(served: PostingsReplay) -> None:
    assert ids(served, query="nurse", onlyStatus="PUBLISHED") == OPEN_AT_NOON
    served.switch_on(Fault.REJECT_UNKNOWN)
    assert ask(served, {"query": "nurse"}).status_code == 400
    served.switch_off("reject-unknown")
    assert ask(served, {"query": "nurse"}).status_code == 200


# ---- P67: filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, OPEN_AT_NOON | {"gone"}),
        ({"onlyStatus": "ARCHIVED"}, {"gone"}),
        ({"onlyStatus": None, "regionIn": [], "modified": None}, OPEN_AT_NOON | {"gone"}),
        ({"archived": {"from": "2026-06-10T09:00:00Z"}}, {"gone"}),
        ({"archived": {"to": "2026-06-10T09:00:00Z"}}, set()),
        ({"archived": {"to": "2026-06-10T09:00:00.000001Z"}}, {"gone"}),
        ({"archived": {}}, {"gone"}),
        ({"onlyStatus": "PUBLISHED", "archived": {"from": "2020-01-01T00:00:00Z"}}, set()),
        ({"published": {"from": "2026-06-01T07:00:00Z", "to": "2026-06-01T08:00:00Z"}}, {"unpublished"}),
        ({"expires": {"to": "2030-01-01T00:00:00+02:00"}}, (OPEN_AT_NOON | {"gone"}) - {"no-deadline"}),
        ({"modified": {"from": "2026-06-02T07:00:00.500", "to": None}}, OPEN_AT_NOON | {"gone"}),
        ({"modified": {"to": "2026-06-02T07:00:00.500"}}, set()),
        ({"modified": {"from": "2026-06-10T09:00:00Z"}}, {"gone"}),
        ({"created": {"from": "2026-06-01T10:00:00+03:00", "to": "2026-06-01T07:00:00.000000001Z"}}, set()),
        ({"employerTypeIn": ["Household", "International"]}, {"household"}),
        ({"workTimeIn": ["02"]}, {"coder"}),
        ({"continuityOfWorkIn": ["0201"]}, {"no-deadline"}),
        ({"postingLanguageIn": ["en"]}, {"swedish"}),
        ({"countryIn": ["SE"]}, set()),
        ({"municipalityIn": ["091", "049"]}, {"swedish"}),
        ({"municipalityIn": ["837"], "regionIn": ["06"], "workTimeIn": ["02"]}, {"coder"}),
        ({"regionIn": ["06"], "postingLanguageIn": ["sv"]}, set()),
        ({"occupationIscoIn": ["2512"]}, {"coder"}),
        ({"occupationIscoIn": ["25", "532"]}, {"coder", "group"}),
        ({"occupationIscoIn": ["2512.1"]}, {"coder"}),
        ({"occupationIscoIn": ["5321"]}, set()),
    ],
)
def test_filters_join_by_or_inside_and_by_and_between(
    served: PostingsReplay, filters: Posting, found: set[str]
) -> None:
    assert ids(served, **filters) == found


# ---- P67: the clock


def test_the_clock_opens_archives_and_is_the_date_header(served: PostingsReplay) -> None:
    def seen(status: str) -> set[str]:
        return ids(served, onlyStatus=status)

    assert ask(served).headers["Date"] == "Mon, 15 Jun 2026 12:00:00 GMT"
    served.now = datetime(2026, 6, 1, 6, 59, tzinfo=UTC)
    assert seen("PUBLISHED") == seen("ARCHIVED") == set()
    served.now = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)
    assert seen("PUBLISHED") == {"unpublished"}  # without a time of publication that of creation counts
    served.now = datetime(2026, 6, 10, 8, 59, 59, tzinfo=UTC)
    assert seen("PUBLISHED") == OPEN_AT_NOON | {"gone"}
    assert seen("ARCHIVED") == set()
    served.now = datetime(2026, 6, 10, 9, tzinfo=UTC)
    assert seen("PUBLISHED") == OPEN_AT_NOON
    assert seen("ARCHIVED") == {"gone"}
    served.now = datetime(2026, 7, 15, tzinfo=UTC)  # long after every deadline: expiry alone archives nothing
    assert seen("PUBLISHED") == OPEN_AT_NOON - {"leaving"} | {"coming"}
    assert seen("ARCHIVED") == {"gone", "leaving"}


def test_of_the_future_nothing_is_shown(served: PostingsReplay) -> None:
    def metadata(ident: str) -> dict[str, str]:
        return next(p["metadata"] for p in read(ask(served)) if p["metadata"]["externalId"] == ident)

    assert "archived" not in metadata("leaving")
    assert metadata("leaving")["lastModified"] == "2026-06-02T07:00:00.5Z"
    served.now = datetime(2026, 6, 20, 9, tzinfo=UTC)
    assert metadata("leaving")["archived"] == "2026-06-20T09:00:00Z"
    assert metadata("leaving")["lastModified"] == "2026-06-20T09:00:00.000000Z"  # archiving is a change
    assert metadata("coming")["lastModified"] == "2026-06-01T07:00:00.000000Z"
    served.now = datetime(2026, 6, 25, tzinfo=UTC)
    assert metadata("coming")["lastModified"] == "2026-06-25T00:00:00Z"


def test_the_clock_may_be_a_function(folder: Path) -> None:
    times = iter(NOON + timedelta(days=day) for day in range(0, 300, 10))
    with PostingsReplay(folder, clock=lambda: next(times)) as server:
        dates = [parsedate_to_datetime(ask(server, b"").headers["Date"]) for _ in range(3)]
    assert dates[0] < dates[1] < dates[2]


def test_the_default_clock_is_just_after_the_newest_event(folder: Path) -> None:
    with PostingsReplay(folder) as server:
        assert server.now == datetime(2026, 6, 25, 0, 0, 1, tzinfo=UTC)
    (folder / "job_postings" / "dataset.json").write_text('{"clock": "2026-06-03T00:00:00Z"}', "utf-8")
    with PostingsReplay(folder / "job_postings") as server:
        assert server.now == datetime(2026, 6, 3, tzinfo=UTC)


def test_the_order_is_another_in_every_answer_but_the_same_for_a_seed(folder: Path) -> None:
    def orders(seed: int) -> list[list[str]]:
        with PostingsReplay(folder, clock=NOON, seed=seed) as server:
            return [[p["metadata"]["externalId"] for p in read(ask(server))] for _ in range(3)]

    first, second = orders(1), orders(2)
    assert first == orders(1)
    assert first != second
    assert len({tuple(order) for order in first}) > 1
    assert len({frozenset(order) for order in first + second}) == 1


def test_a_folder_without_postings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostingsFolderError, match=r"no job postings to replay. Expected postings_\*\.ndjson"):
        PostingsReplay(tmp_path)


# ---- limits


def test_rate_headers_count_down_and_a_call_too_many_is_429(folder: Path) -> None:
    with PostingsReplay(folder, rate_limit=2) as server:
        answers = [ask(server) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert [a.headers["RateLimit-Remaining"] for a in answers] == ["1", "0", "0"]
    assert {a.headers["RateLimit-Limit"] for a in answers} == {"2"}
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert all(len(a.headers["RateLimit-Reset"]) <= 5 for a in answers)


# ---- tokens


def test_a_token_call_answers_as_b2c_does(served: PostingsReplay) -> None:
    answer = token(served)
    said = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert set(said) == {"access_token", "token_type", "not_before", "expires_in", "expires_on", "resource"}
    assert (said["token_type"], said["expires_in"], said["resource"]) == ("Bearer", 3600, AUDIENCE)
    assert said["expires_on"] - said["not_before"] == 3600
    assert served.token_url.endswith("/tedigib2c.onmicrosoft.com/B2C_1A_SIGNIN/oauth2/v2.0/token")


def test_the_published_key_verifies_the_token(served: PostingsReplay) -> None:
    text = token(served).json()["access_token"]
    keys = jwt.PyJWKSet.from_dict(requests.get(served.url + JWKS_PATH, timeout=10).json())
    assert jwt.get_unverified_header(text) == {"alg": "RS256", "typ": "JWT", "kid": "stub-1"}
    claims = jwt.decode(text, keys["stub-1"].key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    assert claims["sub"] == served.client_id
    assert claims["exp"] - claims["iat"] == 3600
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(text[:-8] + "AAAAAAAA", keys["stub-1"].key, algorithms=["RS256"], audience=AUDIENCE)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "stranger"}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"scope": None}, 400, "invalid_scope"),
        ({"response_type": "code"}, 400, "invalid_request"),
    ],
)
def test_a_wrong_token_call_is_refused_by_rfc_6749(
    served: PostingsReplay, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = token(served, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_token_call_is_a_form_with_each_parameter_once(served: PostingsReplay) -> None:
    assert requests.post(served.token_url, json={"grant_type": "x"}, timeout=10).json()["error"] == "invalid_request"
    twice = requests.post(served.token_url, data=[("scope", "a"), ("scope", "b")], timeout=10)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert requests.get(served.token_url, timeout=10).status_code == 405


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(**changes: Any) -> dict[str, Any]:
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": 4_000_000_000, "jti": "9"}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def _unsigned(_: PostingsReplay) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': KEY_ID})}.{_part(_claims())}."


def _public_key_as_secret(server: PostingsReplay) -> str:
    """The RS/HS confusion: HS256 with the public key, which everybody has, as the shared secret."""
    public = server.tokens.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': KEY_ID})}.{_part(_claims())}"
    mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _own_key(_: PostingsReplay) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(_claims(), key, algorithm="RS256", headers={"kid": KEY_ID})


def _changed_claims(server: PostingsReplay) -> str:
    head, _, signature = server.tokens.issue(exp=1).split(".")
    return f"{head}.{_part(_claims())}.{signature}"


FORGERIES: Mapping[str, Callable[[PostingsReplay], str]] = {
    "alg none": _unsigned,
    "HS256 with the public key": _public_key_as_secret,
    "another key": _own_key,
    "claims changed after signing": _changed_claims,
    "another algorithm": lambda s: jwt.encode(_claims(), s.tokens.key, algorithm="RS512", headers={"kid": KEY_ID}),
    "unknown kid": lambda s: jwt.encode(_claims(), s.tokens.key, algorithm="RS256", headers={"kid": "other"}),
    "no kid": lambda s: jwt.encode(_claims(), s.tokens.key, algorithm="RS256"),
    "expired": lambda s: s.tokens.issue(exp=1_700_000_000),
    "no exp": lambda s: s.tokens.issue(exp=None),
    "exp is a text": lambda s: s.tokens.issue(exp="later"),
    "wrong audience": lambda s: s.tokens.issue(aud="another-service"),
    "several audiences": lambda s: s.tokens.issue(aud=[AUDIENCE, "another-service"]),
    "no audience": lambda s: s.tokens.issue(aud=None),
    "wrong issuer": lambda s: s.tokens.issue(iss="https://example.invalid/"),
    "no issuer": lambda s: s.tokens.issue(iss=None),
    "not valid yet": lambda s: s.tokens.issue(nbf=4_000_000_000, exp=4_000_003_600),
    "no token at all": lambda s: "opaque",
    "empty": lambda s: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_that_is_not_ours_is_not_trusted(folder: Path, forgery: str) -> None:
    with PostingsReplay(folder, require_bearer=True) as server:
        good = {"Authorization": f"Bearer {server.tokens.issue()}"}
        assert ask(server, headers=good).status_code == 200
        bad = {"Authorization": f"Bearer {FORGERIES[forgery](server)}"}
        answer = ask(server, headers=bad)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
        assert bad["Authorization"].removeprefix("Bearer ") not in (answer.text, answer.headers["WWW-Authenticate"])
        assert v1(server, bad).status_code == 401


def test_p67_asks_for_a_bearer_only_when_told_and_for_the_key_always(folder: Path) -> None:
    with PostingsReplay(folder, require_bearer=True) as server:
        assert ask(server).status_code == 401
        assert ask(server, headers=bearer(server)).status_code == 200
        assert ask(server, headers={**bearer(server), "KIPA-Subscription-Key": "wrong"}).status_code == 401
        basic = {"Authorization": "Basic " + server.tokens.issue()}
        assert ask(server, headers=basic).status_code == 401


def test_a_short_token_expires_by_the_clock_with_little_leeway(folder: Path) -> None:
    now = [1_800_000_000.0]
    with PostingsReplay(folder, require_bearer=True, token_seconds=2, token_clock=lambda: now[0]) as server:
        headers = bearer(server)
        assert token(server).json()["expires_in"] == 2
        for later, status in ((0.0, 200), (2.9, 200), (3.0, 401)):
            now[0] = 1_800_000_000.0 + later
            assert ask(server, headers=headers).status_code == status
        assert ask(server, headers=bearer(server)).status_code == 200
        now[0] -= 100  # a token from the future
        assert (
            ask(server, headers={"Authorization": f"Bearer {server.tokens.issue(nbf=now[0] + 5)}"}).status_code == 401
        )


def test_revoked_tokens_are_401_and_new_ones_are_not(served: PostingsReplay) -> None:
    headers = bearer(served)
    assert v1(served, headers).status_code == 200
    served.revoke_tokens()
    assert v1(served, headers).status_code == 401
    assert v1(served, bearer(served)).status_code == 200


# ---- V1


def test_v1_shows_the_same_open_postings_in_its_own_words(served: PostingsReplay) -> None:
    said = v1(served, bearer(served)).json()
    assert (said["sivutus"], said["ilmoituksienMaara"]) == ({"sivu": 0, "maara": 100}, 8)
    by_id = {ad["ilmoituksenID"]: ad for ad in said["ilmoitukset"]}
    assert set(by_id) == OPEN_AT_NOON
    plain = by_id["plain"]
    assert (plain["luontipvm"], plain["muokattupvm"]) == ("2026-06-01T07:00:00Z", "2026-06-02T07:00:00.5Z")
    assert by_id["unpublished"]["julkaisupvm"] == "2026-06-01T07:00:00Z"
    assert plain["perustiedot"]["paikkojenMaara"] == 2
    assert plain["perustiedot"]["tyoAika"] == "01"
    assert plain["osaamisvaatimukset"]["ammatit"] == [{"luokittelunNimi": "ESCO", "luokiteltuArvo": NURSE}]
    assert by_id["swedish"]["sijainti"]["kunta"] == ["091", "837"]
    assert by_id["no-deadline"]["perustiedot"]["tyonJatkuvuus"] == "0201"
    assert (by_id["household"]["tyollistaja"], by_id["household"]["kotitaloudenNimi"]) == ("02", "Keksi Koti")


def test_v1_pages_until_one_is_not_full(folder: Path) -> None:
    more = [json.dumps(posting(f"more-{n}")) + "\n" for n in range(242)]
    (folder / "job_postings" / "postings_more.ndjson").write_text("".join(more), "utf-8")
    with PostingsReplay(folder, clock=NOON) as server:
        headers = bearer(server)
        pages = [v1(server, headers, sivu=page).json() for page in range(4)]
        assert [page["ilmoituksienMaara"] for page in pages] == [100, 100, 50, 0]
        assert len({ad["ilmoituksenID"] for page in pages for ad in page["ilmoitukset"]}) == 250
        assert v1(server, headers, maara=500).json()["ilmoituksienMaara"] == 250


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tyoaika": "02"}, {"coder"}),
        ({"tyollistaja": "02"}, {"household"}),
        ({"kieli": ["en", "sv"]}, {"swedish"}),
        ({"kunta": "091"}, {"swedish"}),
        ({"maakunta": "06", "tyonjatkuvuus": "0201"}, {"no-deadline"}),
        ({"ammattiryhma": ["2512", "532"]}, {"coder", "group"}),
        ({"maa": "SE"}, set()),
    ],
)
def test_v1_filters(served: PostingsReplay, query: dict[str, Any], found: set[str]) -> None:
    ads = v1(served, bearer(served), **query).json()["ilmoitukset"]
    assert {ad["ilmoituksenID"] for ad in ads} == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"maara": 99}, "maara"),
        ({"maara": 501}, "maara"),
        ({"maara": ""}, "maara"),
        ({"sivu": -1}, "sivu"),
        ({"sivu": None}, "sivu"),
        ({"tyoaika": "03"}, "tyoaika"),
        ({"kieli": "ru"}, "kieli"),
    ],
)
def test_v1_names_the_bad_parameter_in_a_400(served: PostingsReplay, query: dict[str, Any], field: str) -> None:
    answer = v1(served, bearer(served), **query)
    said = answer.json()
    assert (answer.status_code, said["status"]) == (400, 400)
    assert [one["kenttä"] for one in said["virheviestit"]] == [field]


def test_v1_needs_a_bearer_and_takes_get_only(served: PostingsReplay) -> None:
    assert v1(served, {}).status_code == 401
    assert requests.post(served.v1_url, timeout=10).status_code == 405


# ---- faults: answers


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.SERVER_ERROR, 500),
        (Fault.UNAVAILABLE, 503),
        (Fault.TOO_MANY_REQUESTS, 429),
        (Fault.TOO_MANY_REQUESTS_DATE, 429),
        (Fault.UNAUTHORIZED, 401),
        (Fault.FORBIDDEN, 403),
    ],
)
def test_a_passing_fault_strikes_as_often_as_told_in_both_interfaces(
    served: PostingsReplay, fault: Fault, status: int
) -> None:
    headers = bearer(served)
    served.switch_on(f"{fault}:2")
    assert [ask(served).status_code for _ in range(3)] == [status, status, 200]
    served.switch_on(fault)
    assert [v1(served, headers).status_code for _ in range(2)] == [status, 200]


def test_a_429_says_when_to_come_again_in_seconds_or_as_a_date(served: PostingsReplay) -> None:
    served.switch_on(Fault.TOO_MANY_REQUESTS)
    assert ask(served).headers["Retry-After"] == "1"
    served.switch_on(Fault.TOO_MANY_REQUESTS_DATE)
    assert ask(served).headers["Retry-After"] == "Mon, 15 Jun 2026 12:00:02 GMT"


def test_a_page_or_nothing_can_come_with_status_200(served: PostingsReplay) -> None:
    served.switch_on(Fault.HTML_200)
    answer = ask(served)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content[:9]) == (200, "text/html", b"<!DOCTYPE")
    served.switch_on(Fault.EMPTY_BODY)
    answer = ask(served)
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(read(ask(served))) == 9


def test_token_calls_fail_by_themselves(served: PostingsReplay) -> None:
    served.switch_on(Fault.TOKEN_ERROR)
    served.switch_on(Fault.TOKEN_REFUSED)
    assert [token(served).status_code for _ in range(3)] == [500, 401, 200]


def test_an_outage_refuses_tcp_until_it_is_over(folder: Path) -> None:
    with PostingsReplay(folder, faults=["outage"]) as server:
        port = int(server.url.rpartition(":")[2])
        for _ in range(2):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", port), timeout=10)
        server.switch_off("outage")
        assert ask(server).status_code == 200
        server.switch_on(Fault.OUTAGE)
        with pytest.raises(requests.ConnectionError):
            ask(server)
    assert server.requests == [("POST", "/kipa/p67/v2/jobpostings", 200)]


def test_unknown_faults_are_refused_with_the_list(folder: Path, served: PostingsReplay) -> None:
    with pytest.raises(ValueError, match=r"no fault 'gremlins'\. There are: outage, "):
        served.switch_on("gremlins")
    with pytest.raises(ValueError, match="no fault"):
        PostingsReplay(folder, faults=["gremlins:2"])


# ---- faults: streams and lines


def test_a_connection_breaks_without_an_answer_or_in_mid_line(served: PostingsReplay) -> None:
    served.switch_on(Fault.CUT_CONNECTION)
    with pytest.raises(requests.ConnectionError):
        ask(served)
    served.switch_on(Fault.CUT_MID_LINE)
    came: list[bytes] = []
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        came.extend(ask(served, stream=True).iter_content(16))
    *whole, cut = b"".join(came).split(b"\n")
    assert len(whole) == 4
    assert cut
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(cut)
    assert len(read(ask(served))) == 9


def test_a_stream_can_end_early_as_if_whole(served: PostingsReplay) -> None:
    served.switch_on(Fault.SHORT_ANSWER)
    assert len(read(ask(served))) == 4
    served.switch_on(Fault.CUT_SILENT)
    content = ask(served).content
    assert len(content.split(b"\n")) == 5
    assert not content.endswith(b"\n")
    assert len(read(ask(served))) == 9


def test_a_slow_answer_drips_and_its_drops_end_within_lines(folder: Path) -> None:
    waits: list[float] = []
    with PostingsReplay(folder, clock=NOON, faults=["slow-drip:0.5"], sleep=waits.append) as server:
        drops = list(ask(server, stream=True).raw.read_chunked())
        assert waits == [0.5] * 9
        assert len(drops) == 10
        assert not any(drop.endswith(b"}\n") for drop in drops[:-1])
        assert len(read(ask(server))) == 9


@pytest.mark.parametrize(
    ("fault", "kind", "number"),
    [
        ("blank-lines:3", "blank", 3),
        ("malformed-line:2", "broken", 2),
        ("not-an-object:2", "no object", 2),
        ("no-id:2", "no id", 2),
        ("schema-drift:2", "drifted", 2),
    ],
)
def test_odd_lines_come_beside_the_postings(served: PostingsReplay, fault: str, kind: str, number: int) -> None:
    def kind_of(line: bytes) -> str:
        if not line:
            return "blank"
        try:
            value = json.loads(line)
        except ValueError:
            return "broken"
        if not isinstance(value, dict):
            return "no object"
        if not isinstance(value["metadata"], dict):
            return "drifted"
        return "posting" if "externalId" in value["metadata"] else "no id"

    served.switch_on(fault)
    *lines, last = ask(served).content.split(b"\n")
    assert last == b""
    assert Counter(map(kind_of, lines)) == {"posting": 9, kind: number}
    served.switch_off(fault)
    assert Counter(map(kind_of, ask(served).content.split(b"\n")[:-1])) == {"posting": 9}


def test_a_duplicate_is_an_older_state_before_or_after_the_newest(served: PostingsReplay) -> None:
    served.switch_on("duplicate-id:2")
    postings = read(ask(served, {"onlyStatus": "PUBLISHED"}))
    assert len(postings) == len(OPEN_AT_NOON) + 2
    pairs = [postings[:2], postings[2:4]]
    for pair in pairs:
        assert pair[0]["metadata"]["externalId"] == pair[1]["metadata"]["externalId"]
    stamps = [[p["metadata"]["lastModified"] < "2026-06-02" for p in pair] for pair in pairs]
    assert stamps == [[True, False], [False, True]]
    assert [[p["application"]["openPositions"] for p in pair] for pair in pairs] == [[3, 2], [2, 3]]


def test_new_fields_and_odd_separators_touch_every_posting(served: PostingsReplay) -> None:
    served.switch_on(Fault.NEW_FIELD)
    served.switch_on(Fault.ODD_TEXT)
    answer = ask(served)
    assert all("salaryTransparency" in p and "remoteWork" in p["position"] for p in read(answer))
    assert len(answer.text.splitlines()) > answer.content.count(b"\n") == 9
    assert all("palkkaAvoimuus" in ad for ad in v1(served, bearer(served)).json()["ilmoitukset"])


def test_postings_can_vanish_without_a_trace(served: PostingsReplay) -> None:
    everything = ids(served)
    served.switch_on("vanished:2")
    left = ids(served)
    assert len(left) == len(everything) - 2
    assert ids(served, onlyStatus="ARCHIVED") == {"gone"}
    assert len(v1(served, bearer(served)).json()["ilmoitukset"]) == len(OPEN_AT_NOON) - 2


def test_personal_data_is_planted_in_every_field_to_be_dropped(served: PostingsReplay) -> None:
    def holds_some(value: object) -> bool:
        return any(text in json.dumps(value) for text in PLANTED)

    kept = read(ask(served))
    assert not holds_some(kept)
    served.switch_on(Fault.PERSONAL_DATA)
    planted = read(ask(served))
    assert len(planted) == len(kept)
    for one in planted:
        assert all(holds_some(one[part][name]) for part, fields in DROPPED.items() for name in fields)
        assert all(holds_some(one[name]) for name in ("contacts", "externalLinks", "recruiter"))
        allowed = {
            "metadata": ("externalId", "created", "lastModified"),
            "owner": ("employerType",),
            "position": ("mainOccupation", "occupations", "workTime", "continuityOfWork"),
            "location": ("countries", "regions", "municipalities"),
            "application": ("published", "expires", "openPositions"),
        }
        assert not any(holds_some(one[part].get(name)) for part, names in allowed.items() for name in names)
    assert all(text in json.dumps(planted) for text in PLANTED)


@pytest.mark.parametrize(
    "fault", ["malformed-line", "not-an-object", "no-id", "schema-drift", "server-error", "unavailable", "html-200"]
)
def test_broken_lines_and_error_bodies_hold_personal_data_as_well(served: PostingsReplay, fault: str) -> None:
    served.switch_on(Fault.PERSONAL_DATA)
    usual = ask(served, {"municipalityIn": ["091"]}).content.count(PLANTED[0].encode())
    served.switch_on(fault)
    assert ask(served, {"municipalityIn": ["091"]}).content.count(PLANTED[0].encode()) != usual


def test_v1_plants_personal_data_outside_the_kept_fields(served: PostingsReplay) -> None:
    headers = bearer(served)
    plain = v1(served, headers).text
    served.switch_on(Fault.PERSONAL_DATA)
    planted = v1(served, headers)
    assert not any(text in plain for text in PLANTED)
    assert all(text in planted.text for text in PLANTED)
    for ad in planted.json()["ilmoitukset"]:
        kept = [ad["ilmoituksenID"], ad["sijainti"]["kunta"], ad["perustiedot"]["tyoAika"], ad["osaamisvaatimukset"]]
        assert not any(text in json.dumps(kept) for text in PLANTED)
        assert all(
            PLANTED[0] in json.dumps(ad[name]) for name in ("ilmoittajanNimi", "kotitaloudenNimi", "perustiedot")
        )


def test_v1_breaks_off_ends_early_and_drifts(served: PostingsReplay) -> None:
    headers = bearer(served)
    served.switch_on(Fault.CUT_MID_LINE)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        v1(served, headers)
    served.switch_on(Fault.CUT_SILENT)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        v1(served, headers).json()
    served.switch_on(Fault.SHORT_ANSWER)
    assert v1(served, headers).json()["ilmoituksienMaara"] == 4
    served.switch_on(Fault.SCHEMA_DRIFT)
    drifted = [isinstance(ad["sijainti"], str) for ad in v1(served, headers).json()["ilmoitukset"]]
    assert drifted == [True] + [False] * 7


# ---- over the recordings


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> Iterator[PostingsReplay]:
    with PostingsReplay(recordings) as server:
        yield server


def test_recorded_lines_are_given_byte_for_byte(recorded: PostingsReplay, recordings: Path) -> None:
    root = recordings / "job_postings" / "synthetic"
    given = {
        status: Counter(ask(recorded, {"onlyStatus": status}).content.split(b"\n")[:-1])
        for status in ("PUBLISHED", "ARCHIVED")
    }
    kept = {
        name: (root / f"p67_v2_{name}_SYNTHETIC.ndjson").read_bytes().split(b"\n")[:-1]
        for name in ("published", "archived", "edgecases")
    }
    assert given["ARCHIVED"] == Counter(kept["archived"])
    assert given["PUBLISHED"] == Counter(kept["published"] + kept["edgecases"][:-1])


def test_the_recorded_drift_is_held_back_until_asked_for(recorded: PostingsReplay, recordings: Path) -> None:
    root = recordings / "job_postings" / "synthetic"
    drifted = (root / "p67_v2_edgecases_SYNTHETIC.ndjson").read_bytes().split(b"\n")[-2]
    recorded.switch_on(Fault.SCHEMA_DRIFT)
    assert drifted in ask(recorded).content.split(b"\n")
    recorded.switch_off(Fault.SCHEMA_DRIFT)
    assert drifted not in ask(recorded).content.split(b"\n")


def test_broken_recorded_lines_come_with_whole_answers_only(recorded: PostingsReplay) -> None:
    assert b"[1,2,3]" in ask(recorded, {"onlyStatus": "PUBLISHED"}).content
    assert b"[1,2,3]" not in ask(recorded, {"modified": {"from": "2020-01-01T00:00:00Z"}}).content


def test_the_recorded_v1_posting_is_one_more_at_the_end(recorded: PostingsReplay, recordings: Path) -> None:
    real = json.loads((recordings / "job_postings/samples/tmt_v1_response_mock.json").read_text("utf-8"))
    headers = bearer(recorded)
    ads = [ad for page in range(4) for ad in v1(recorded, headers, sivu=page).json()["ilmoitukset"]]
    assert ads[-1] == real["ilmoitukset"][0]
    assert len(ads) == 320 + 1  # 300 published and 20 edge cases that are postings
    assert set(ads[0]) - {"kotitaloudenNimi"} <= set(ads[-1])
    for part in ("perustiedot", "sijainti", "osaamisvaatimukset", "hakeminen"):
        assert set(ads[0][part]) <= set(ads[-1][part])


def test_a_recorded_occupation_group_is_found(recorded: PostingsReplay) -> None:
    coders = read(ask(recorded, {"onlyStatus": "PUBLISHED", "occupationIscoIn": ["2512"]}))
    assert len(coders) > 5
    assert all("position" in p for p in coders)


def test_token_paths_are_those_of_the_contract() -> None:
    assert TOKEN_PATH == "/tedigib2c.onmicrosoft.com/B2C_1A_SIGNIN/oauth2/v2.0/token"
    assert JWKS_PATH == "/tedigib2c.onmicrosoft.com/B2C_1A_SIGNIN/discovery/v2.0/keys"
