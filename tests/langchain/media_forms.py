"""Every form in which users have media and documents, and the part that each becomes."""

from typing import Any

from tests.langchain.samples import MP4_URL, MP464, PDF64, PDF_URL, PNG64, PNG_URL

AT = "https://example.com/a"
IMAGE = {"type": "image_url", "image_url": {"url": PNG_URL}}
IMAGE_AT = {"type": "image_url", "image_url": {"url": f"{AT}.png"}}
VIDEO = {"type": "video_url", "video_url": {"url": MP4_URL}}
VIDEO_AT = {"type": "video_url", "video_url": {"url": f"{AT}.mp4"}}


def file_part(data: str = PDF_URL, name: str = "document.pdf") -> dict[str, Any]:
    return {"type": "file", "file": {"filename": name, "file_data": data}}


def text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # LangChain, version 1
    "v1 image url": ({"type": "image", "url": f"{AT}.png"}, IMAGE_AT),
    "v1 image data url": ({"type": "image", "url": PNG_URL}, IMAGE),
    "v1 image": ({"type": "image", "base64": PNG64, "mime_type": "image/png"}, IMAGE),
    "v1 video url": ({"type": "video", "url": f"{AT}.mp4"}, VIDEO_AT),
    "v1 video without mime": ({"type": "video", "base64": MP464}, VIDEO),
    "v1 video": ({"type": "video", "base64": MP464, "mime_type": "video/mp4"}, VIDEO),
    "v1 file": ({"type": "file", "base64": PDF64, "mime_type": "application/pdf"}, file_part()),
    "v1 file url": ({"type": "file", "url": f"{AT}.pdf"}, file_part(f"{AT}.pdf")),
    "v1 file with a name": (
        {"type": "file", "base64": PDF64, "mime_type": "application/pdf", "filename": "b.pdf"},
        file_part(name="b.pdf"),
    ),
    "v1 file with a name in extras": (
        {"type": "file", "base64": PDF64, "extras": {"filename": "b.pdf"}},
        file_part(name="b.pdf"),
    ),
    "v1 file id": (
        {"type": "file", "file_id": "f1"},
        {"type": "file", "file": {"file_id": "f1"}},
    ),
    "v1 file that is a picture": (
        {"type": "file", "base64": PNG64, "mime_type": "image/png"},
        IMAGE,
    ),
    "v1 file that is a video": ({"type": "file", "base64": MP464, "mime_type": "video/mp4"}, VIDEO),
    "v1 plain text": (
        {"type": "text-plain", "text": "Hi", "mime_type": "text/plain"},
        text_part("Hi"),
    ),
    "v1 plain text with a title": (
        {"type": "text-plain", "text": "Hi", "mime_type": "text/plain", "title": "T"},
        text_part("T\n\nHi"),
    ),
    "v1 plain text as base64": (
        {"type": "text-plain", "base64": "SGk=", "mime_type": "text/plain"},
        text_part("Hi"),
    ),
    "v1 text file": (
        {"type": "file", "base64": "SGk=", "mime_type": "text/plain"},
        text_part("Hi"),
    ),
    "v1 image detail": (
        {"type": "image", "url": f"{AT}.png", "extras": {"detail": "low"}},
        {"type": "image_url", "image_url": {"url": f"{AT}.png", "detail": "low"}},
    ),
    # LangChain, version 0
    "v0 image": (
        {"type": "image", "source_type": "base64", "data": PNG64, "mime_type": "image/png"},
        IMAGE,
    ),
    "v0 image url": ({"type": "image", "source_type": "url", "url": f"{AT}.png"}, IMAGE_AT),
    "v0 file": (
        {"type": "file", "source_type": "base64", "data": PDF64, "mime_type": "application/pdf"},
        file_part(),
    ),
    "v0 file url": (
        {"type": "file", "source_type": "url", "url": f"{AT}.pdf"},
        file_part(f"{AT}.pdf"),
    ),
    "v0 file id": (
        {"type": "file", "source_type": "id", "id": "f1"},
        {"type": "file", "file": {"file_id": "f1"}},
    ),
    "v0 video": (
        {"type": "video", "source_type": "base64", "data": MP464, "mime_type": "video/mp4"},
        VIDEO,
    ),
    # OpenAI
    "openai image_url": ({"type": "image_url", "image_url": {"url": f"{AT}.png"}}, IMAGE_AT),
    "openai image_url text": ({"type": "image_url", "image_url": f"{AT}.png"}, IMAGE_AT),
    "openai data url": ({"type": "image_url", "image_url": {"url": PNG_URL}}, IMAGE),
    "openai detail": (
        {"type": "image_url", "image_url": {"url": f"{AT}.png", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": f"{AT}.png", "detail": "high"}},
    ),
    "openai video_url": ({"type": "video_url", "video_url": {"url": f"{AT}.mp4"}}, VIDEO_AT),
    "openai video data url": ({"type": "video_url", "video_url": {"url": MP4_URL}}, VIDEO),
    "openai file": (file_part(name="b.pdf"), file_part(name="b.pdf")),
    "openai file id": (
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "file", "file": {"file_id": "f1"}},
    ),
    # Anthropic
    "anthropic image": (
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": PNG64},
        },
        IMAGE,
    ),
    "anthropic image url": (
        {"type": "image", "source": {"type": "url", "url": f"{AT}.png"}},
        IMAGE_AT,
    ),
    "anthropic document": (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": PDF64},
            "title": "b.pdf",
        },
        file_part(name="b.pdf"),
    ),
    "anthropic document url": (
        {"type": "document", "source": {"type": "url", "url": f"{AT}.pdf"}},
        file_part(f"{AT}.pdf"),
    ),
    "anthropic text document": (
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"}},
        text_part("Hi"),
    ),
    # marks
    "cached text": (
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
    ),
}
