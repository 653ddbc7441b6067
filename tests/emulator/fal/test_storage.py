"""fal's storage: three ways to upload, and the key that must not be seen there."""

import hashlib

import httpx
import pytest

from seed_core.emulator import StoredFile

PNG = b"\x89PNG\r\n\x1a\n"
BIG = bytes(range(256)) * 5000
FORM = {"content_type": "image/png", "file_name": "a b.png"}
PLAIN = {"Content-Type": "image/png", "Authorization": ""}


@pytest.fixture
def initiate(http, emulator):
    def ask(storage_type="fal-cdn-v3", headers=None, **fields):
        url = f"{emulator.url('fal', 'storage')}/storage/upload/initiate"
        params = {"storage_type": storage_type} if storage_type else {}
        return http.post(url, params=params, headers=headers, json={**FORM, **fields})

    return ask


@pytest.fixture
def bare(emulator):
    """A client without the key."""
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def cdn(emulator):
    return emulator.url("fal", "cdn")


@pytest.fixture
def token(http, emulator):
    """The headers that a token makes."""
    url = f"{emulator.url('fal', 'storage')}/storage/auth/token?storage_type=fal-cdn-v3"
    told = http.post(url, json={}).json()
    return {"Authorization": f"{told['token_type']} {told['token']}"}


# A signed address.


def test_to_a_signed_address(initiate, bare, emulator):
    told = initiate().json()
    assert set(told) == {"file_url", "upload_url"}
    assert told["file_url"].endswith("/a_b.png")
    assert emulator.stored_files == []
    assert bare.get(told["file_url"]).status_code == 404
    response = bare.put(told["upload_url"], content=PNG, headers={"Content-Type": "image/png"})
    assert (response.status_code, response.content) == (200, b"")
    digest = hashlib.sha256(PNG).hexdigest()
    assert emulator.stored_files == [StoredFile(told["file_url"], "image/png", len(PNG), digest)]
    served = bare.get(told["file_url"])
    assert (served.headers["content-type"], served.content) == ("image/png", PNG)
    emulator.clear()
    assert emulator.stored_files == []
    assert bare.get(told["file_url"]).status_code == 404
    assert bare.put(told["upload_url"], content=PNG).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "image/jpeg"}, 403),
        ({}, 403),
        ({"Content-Type": "image/png", "Authorization": "Key test"}, 400),
        ({"Content-Type": "image/png", "Authorization": "Bearer x"}, 400),
    ],
)
def test_a_signed_address_is_strict(initiate, bare, emulator, headers, status):
    response = bare.put(initiate().json()["upload_url"], content=PNG, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/xml"
    assert response.text.startswith("<Error><Code>")
    assert emulator.stored_files == []


def test_the_signature_must_match(initiate, bare, emulator):
    url = httpx.URL(initiate().json()["upload_url"])
    for wrong in (url.copy_with(query=None), url.copy_set_param("X-Signature", "0")):
        headers = {"Content-Type": "image/png"}
        assert bare.put(wrong, content=PNG, headers=headers).status_code == 403


def test_the_other_kind_overlooks_the_key(initiate, http, emulator):
    # The official client sends it there.
    told = initiate("gcs").json()
    response = http.put(told["upload_url"], content=PNG, headers={"Content-Type": "image/png"})
    assert response.status_code == 200
    assert emulator.stored_files[0].url == told["file_url"]


@pytest.mark.parametrize("field", FORM)
@pytest.mark.parametrize("value", [None, "", 1])
def test_both_fields_are_needed(initiate, field, value):
    response = initiate(**{field: value})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", field]


def test_a_body_that_is_none(http, emulator):
    url = f"{emulator.url('fal', 'storage')}/storage/upload/initiate?storage_type=gcs"
    assert http.post(url).status_code == 422


def test_storage_types(initiate, http, emulator):
    assert initiate("").status_code == 400
    assert initiate("s3").status_code == 400
    url = f"{emulator.url('fal', 'storage')}/storage/auth/token"
    assert http.post(f"{url}?storage_type=gcs", json={}).status_code == 400


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('{"expiration_duration_seconds": 3600, "initial_acl": {"default": "allow"}}', 200),
        ("{}", 200),
        ('{"expiration_duration_seconds": 0}', 400),
        ('{"expiration_duration_seconds": "1h"}', 400),
        ("never", 400),
    ],
)
def test_lifetimes(initiate, value, status):
    headers = {"X-Fal-Object-Lifecycle-Preference": value}
    assert initiate(headers=headers).status_code == status


# With a token.


def test_a_token(http, emulator, cdn):
    url = f"{emulator.url('fal', 'storage')}/storage/auth/token?storage_type=fal-cdn-v3"
    told = http.post(url, json={}).json()
    assert set(told) == {"token", "token_type", "base_url", "expires_at"}
    assert (told["token_type"], told["base_url"]) == ("Bearer", cdn)


def test_whole_with_a_token(token, bare, cdn, emulator):
    headers = {**token, "Content-Type": "video/mp4", "X-Fal-File-Name": "a/b?.mp4"}
    told = bare.post(f"{cdn}/files/upload", content=BIG, headers=headers).json()
    assert list(told) == ["access_url"]
    assert told["access_url"].endswith("/a_b_.mp4")
    (file,) = emulator.stored_files
    assert (file.url, file.content_type, file.size) == (told["access_url"], "video/mp4", len(BIG))
    assert file.sha256 == hashlib.sha256(BIG).hexdigest()
    # Past the first megabyte nothing is kept, of the request either.
    assert len(emulator.requests[-1].raw) == 1 << 20
    served = bare.get(told["access_url"])
    assert len(served.content) == len(BIG)
    assert served.content[: 1 << 20] == BIG[: 1 << 20]
    assert not any(served.content[1 << 20 :])


def test_without_a_name_and_a_type(token, bare, cdn, emulator):
    told = bare.post(f"{cdn}/files/upload", content=PNG, headers=token).json()
    assert told["access_url"].endswith("/upload.bin")
    assert emulator.stored_files[0].content_type == "application/octet-stream"


@pytest.mark.parametrize("value", ["", "Key test", "Bearer made-up", "key test"])
def test_the_cdn_wants_a_token_and_no_key(token, bare, cdn, value):
    headers = {"Authorization": value}
    told = bare.post(f"{cdn}/files/upload", content=PNG, headers=token).json()
    assert bare.post(f"{cdn}/files/upload", content=PNG, headers=headers).status_code == 401
    assert bare.post(f"{cdn}/files/upload/multipart", headers=headers).status_code == 401
    status = bare.get(told["access_url"], headers=headers).status_code
    assert status == (401 if value.lower().startswith("key") else 200)


# In parts.


@pytest.fixture
def begin(token, bare, cdn):
    headers = {**token, "Content-Type": "video/mp4", "X-Fal-File-Name": "a.mp4"}
    return lambda: bare.post(f"{cdn}/files/upload/multipart", headers=headers).json()


@pytest.fixture
def put(token, bare):
    def put_part(upload, number, data, headers=token):
        url = f"{upload['access_url']}/multipart/{upload['uploadId']}/{number}"
        return bare.put(url, content=data, headers=headers)

    return put_part


@pytest.fixture
def complete(token, bare):
    def close(upload, parts, headers=token):
        url = f"{upload['access_url']}/multipart/{upload['uploadId']}/complete"
        return bare.post(url, json={"parts": parts}, headers=headers)

    return close


def part(number, response):
    return {"partNumber": number, "etag": response.headers["etag"]}


def test_in_parts(begin, put, complete, bare, emulator):
    upload = begin()
    assert set(upload) == {"access_url", "uploadId"}
    blocks = {1: b"a" * 700_000, 2: b"b" * 700_000, 3: b"c"}
    # They arrive as they come, one of them twice, and are listed as they were done.
    parts = [part(number, put(upload, number, blocks[number])) for number in (2, 3, 1)]
    assert part(2, put(upload, 2, blocks[2])) == parts[0]
    assert bare.get(upload["access_url"]).status_code == 404
    assert complete(upload, parts).status_code == 200
    (file,) = emulator.stored_files
    whole = b"".join(blocks.values())
    digest = hashlib.sha256(whole).hexdigest()
    assert file == StoredFile(upload["access_url"], "video/mp4", len(whole), digest)
    assert bare.get(upload["access_url"]).content[:700_001] == whole[:700_001]
    assert complete(upload, parts).status_code == 404


def test_a_list_that_does_not_fit(begin, put, complete, emulator):
    upload = begin()
    one, two = (part(number, put(upload, number, b"x")) for number in (1, 2))
    for parts in (
        None,
        [],
        "x",
        ["x"],
        [one],
        [one, two, two],
        [one, two, {"partNumber": 3, "etag": one["etag"]}],
        [one, {**two, "etag": '"other"'}],
        [one, {"partNumber": 2}],
        [one, {**two, "partNumber": "2"}],
    ):
        assert complete(upload, parts).status_code == 400
    assert emulator.stored_files == []
    assert complete(upload, [two, one]).status_code == 200


def test_a_part_that_is_missing(begin, put, complete):
    upload = begin()
    parts = [part(number, put(upload, number, b"x")) for number in (1, 3)]
    assert complete(upload, parts).status_code == 400


def test_parts_that_are_refused(begin, put, bare, token):
    upload = begin()
    assert put(upload, 0, b"x").status_code == 400
    assert put(upload, 1, b"x").status_code == 200
    assert put(upload, 1, b"y").status_code == 409
    assert put(upload, 2, b"x", headers={}).status_code == 401
    assert put(upload, 2, b"x", headers={"Authorization": "Key test"}).status_code == 401
    assert put({**upload, "uploadId": "none"}, 2, b"x").status_code == 404
    elsewhere = upload["access_url"].replace("a.mp4", "b.mp4")
    assert put({**upload, "access_url": elsewhere}, 2, b"x").status_code == 404


def test_a_completion_needs_a_body(begin, put, bare, token):
    upload = begin()
    put(upload, 1, b"x")
    url = f"{upload['access_url']}/multipart/{upload['uploadId']}/complete"
    assert bare.post(url, headers=token).status_code == 400


# What an upload is for.


def test_an_upload_can_be_looked_at(initiate, bare, fal):
    told = initiate().json()
    missing = fal.problem(image_urls=[told["file_url"]])
    assert (missing["type"], missing["loc"][1:]) == ("file_download_error", ["image_urls", 0])
    bare.put(told["upload_url"], content=PNG, headers={"Content-Type": "image/png"})
    assert "1 image (image/png, 8 bytes)" in fal.output(image_urls=[told["file_url"]])
    wrong = fal.problem(video_urls=[told["file_url"]])
    assert wrong["type"] == "unsupported_video_format"
