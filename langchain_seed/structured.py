"""`with_structured_output`: any kind of schema, three methods, parsers that say what is wrong.

Reasoning is never read as the answer. An answer that is empty, cut off or refused is an error that
says which of these it is, not a parser's complaint about column 1.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.output_parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from langchain_core.output_parsers.transform import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import AddableDict, Runnable, RunnableGenerator
from langchain_core.utils.function_calling import (
    convert_to_json_schema,
    convert_to_openai_function,
    convert_to_openai_tool,
)
from langchain_core.utils.json import parse_json_markdown
from langchain_core.utils.pydantic import TBaseModel, is_basemodel_subclass

from langchain_seed.errors import InvalidReplyError
from langchain_seed.misfits import KeptMisfits
from langchain_seed.names import MISFIT, REFUSAL
from seed_core.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_seed.chat import ChatSeed

# Known to langchain-core since 1.7.5.
ModelRefusalError: Any = getattr(exceptions, "ModelRefusalError", None)

Method: TypeAlias = Literal["json_schema", "function_calling", "json_mode"]


def structured(
    model: ChatSeed,
    schema: Any,
    *,
    method: Method,
    include_raw: bool,
    strict: bool | None,
    tools: list[Any] | None,
    kwargs: dict[str, Any],
) -> Runnable[Any, Any]:
    """A model whose answers are objects of a schema. See `ChatSeed.with_structured_output`."""
    if schema is None and method != "json_mode":
        raise ConfigurationError(f"schema= is required for method={method!r}")
    traced: dict[str, Any] = {
        "ls_structured_output_format": {
            "kwargs": {"method": method, "strict": strict},
            "schema": None if schema is None else _traced_schema(schema),
        }
    }
    parser: SeedParser
    match method:
        case "function_calling":
            name = convert_to_openai_tool(schema)["function"]["name"]
            asking = model.bind_tools(
                [schema, *(tools or ())], tool_choice=name, strict=strict, **traced, **kwargs
            )
            parser = _tool_parser(schema, name)
        case "json_schema":
            wanted = _json_schema(schema, strict)
            asking = model.bind_tools(tools or [], response_format=wanted, **traced, **kwargs)
            parser = _json_parser(schema)
        case "json_mode":
            wanted = {"type": "json_object"}
            asking = model.bind_tools(tools or [], response_format=wanted, **traced, **kwargs)
            parser = _json_parser(schema)
        case _:
            raise ConfigurationError(
                f"method={method!r} is none of json_schema, function_calling, json_mode"
            )
    return _with_raw(asking, parser) if include_raw else asking | parser


def _with_raw(asking: Runnable[Any, Any], parser: SeedParser) -> Runnable[Any, Any]:
    """The message, the object, and what kept one from becoming the other."""

    def split(messages: Iterator[AIMessage]) -> Iterator[AddableDict]:
        whole: AIMessage | None = None
        for message in messages:
            whole = message if whole is None else cast("AIMessage", whole + message)
            yield from parser.raw_and_partial(message, whole)
        yield parser.outcome(whole)

    async def asplit(messages: AsyncIterator[AIMessage]) -> AsyncIterator[AddableDict]:
        whole: AIMessage | None = None
        async for message in messages:
            whole = message if whole is None else cast("AIMessage", whole + message)
            for part in parser.raw_and_partial(message, whole):
                yield part
        yield parser.outcome(whole)

    return KeptMisfits(asking) | RunnableGenerator(split, asplit)


def _traced_schema(schema: Any) -> dict[str, Any]:
    """The JSON schema that a trace shows."""
    ready = schema.get("json_schema") if isinstance(schema, dict) else None
    if isinstance(ready, dict) and isinstance(ready.get("schema"), dict):
        return dict(ready["schema"])
    return convert_to_json_schema(schema)


def _json_schema(schema: Any, strict: bool | None) -> dict[str, Any]:
    """A schema of any kind as OpenAI's `response_format`."""
    if isinstance(schema, dict) and schema.get("type") == "json_schema":
        return schema
    function = convert_to_openai_function(schema, strict=strict)
    wanted: dict[str, Any] = {"name": function["name"], "schema": function.get("parameters", {})}
    if function.get("description"):
        wanted["description"] = function["description"]
    if strict is not None:
        wanted["strict"] = strict
    return {"type": "json_schema", "json_schema": wanted}


def _is_pydantic(schema: Any) -> bool:
    """Whether answers become objects of a class, of pydantic 2 or 1."""
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def _json_parser(schema: Any) -> SeedParser:
    """The parser of an answer in JSON."""
    if _is_pydantic(schema):
        return SeedPydanticParser(pydantic_object=schema)
    return SeedJsonParser()


def _tool_parser(schema: Any, name: str) -> SeedParser:
    """The parser of a forced tool call."""
    if _is_pydantic(schema):
        return SeedPydanticToolParser(tools=[schema], first_tool_only=True)
    return SeedToolParser(key_name=name, first_tool_only=True)


class SeedParser(BaseCumulativeTransformOutputParser[Any]):
    """What all four parsers have in common.

    LangChain parses each chunk of a stream as a part and never the whole, so that an answer that
    was cut off, refused or of another form would end like a good one.
    """

    calls: ClassVar[bool] = False

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse, once it is sure that there is something to parse."""
        if not partial and not check_answered(result, calls=self.calls):
            return None
        return super().parse_result(result, partial=partial)

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse where we are: LangChain would take a thread for every chunk."""
        return self.parse_result(result, partial=partial)

    def raw_and_partial(self, message: AIMessage, whole: AIMessage) -> Iterator[AddableDict]:
        """The newest message and, of a stream, the object as far as it is known."""
        yield AddableDict(raw=message)
        known = None
        if isinstance(message, AIMessageChunk):
            with suppress(Exception):  # `outcome` will tell
                known = self.parse_result([ChatGeneration(message=whole)], partial=True)
        if known is not None:
            yield AddableDict(parsed=known)

    def outcome(self, whole: AIMessage | None) -> AddableDict:
        """The object, or why there is none."""
        try:
            result = ChatGeneration(message=whole or AIMessage(""))
            return AddableDict(parsed=self.parse_result([result]), parsing_error=None)
        except Exception as error:  # noqa: BLE001 - it is handed over
            return AddableDict(parsed=None, parsing_error=error)

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:  # noqa: A002 - LangChain's name
        seen: list[Any] = []
        last = None
        for last in super()._transform(_noted(input, seen)):
            yield last
        whole = self.parse_result([_joined(seen)])
        if whole != last:
            yield whole

    async def _atransform(
        self,
        input: AsyncIterator[str | BaseMessage],  # noqa: A002 - LangChain's name
    ) -> AsyncIterator[Any]:
        seen: list[Any] = []
        last = None
        async for last in super()._atransform(_anoted(input, seen)):
            yield last
        whole = self.parse_result([_joined(seen)])
        if whole != last:
            yield whole


def _noted(messages: Iterator[Any], seen: list[Any]) -> Iterator[Any]:
    """Messages that go by."""
    for message in messages:
        seen.append(message)
        yield message


async def _anoted(messages: AsyncIterator[Any], seen: list[Any]) -> AsyncIterator[Any]:
    """Messages that go by."""
    async for message in messages:
        seen.append(message)
        yield message


def _joined(seen: Sequence[Any]) -> Generation:
    """One message of all that came: chunks, or the message itself."""
    if isinstance(seen[0], str):
        return Generation(text="".join(seen))
    chunks = isinstance(seen[0], AIMessageChunk)
    return ChatGeneration(message=add_ai_message_chunks(*seen) if chunks else seen[-1])


class SeedJsonParser(SeedParser, JsonOutputParser):
    """JSON, fenced or not; a partial object for each chunk of a stream."""


class SeedPydanticParser(SeedParser, PydanticOutputParser[TBaseModel]):
    """JSON into an object of a class."""


class SeedToolParser(SeedParser, JsonOutputKeyToolsParser):
    """The arguments of the forced call."""

    calls = True


class SeedPydanticToolParser(SeedParser, PydanticToolsParser):
    """The arguments of the forced call as an object of a class."""

    calls = True


def check_answered(result: list[Generation], *, calls: bool) -> bool:
    """Refuse an answer that was refused, cut off, or is not there.

    Returns:
        Whether there is something to parse; not where the model called a further tool instead.

    Raises:
        ModelRefusalError: the model declined (an OutputParserException before langchain-core
            1.7.5, which has no such class).
        InvalidReplyError: the limit on tokens was reached before the answer was complete, or it
            does not fit what was asked for in words.
        OutputParserException: the model answered in another form.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
        return True
    message = generation.message
    refusal = message.additional_kwargs.get(REFUSAL)
    if refusal:
        if ModelRefusalError is not None:
            raise ModelRefusalError(f"the model refused: {refusal}", raw_message=message)
        raise OutputParserException(f"the model refused: {refusal}", llm_output=refusal)
    metadata = message.response_metadata
    if MISFIT in metadata:
        raise InvalidReplyError(metadata[MISFIT], provider=metadata.get("provider"))
    if metadata.get("finish_reason") == "length":
        usage = message.usage_metadata
        spent = usage.get("output_token_details", {}).get("reasoning") if usage else None
        said = "" if spent is None else f" ({spent} of them on reasoning)"
        raise InvalidReplyError(
            f"the answer is not complete: finish_reason is 'length', the limit on tokens was "
            f"reached{said}; raise max_tokens or lower reasoning_effort",
            provider=metadata.get("provider"),
        )
    text = str(message.text)
    if calls and not message.tool_calls:
        said = (
            "the arguments of the model's call are not a JSON object"
            if message.invalid_tool_calls
            else "the model answered in text instead of calling the tool that was asked for"
        )
        spoken = text or "".join(bad["args"] or "" for bad in message.invalid_tool_calls)
        raise OutputParserException(f"{said}: {spoken}", llm_output=spoken)
    if calls:
        return True
    if not text.strip() and message.tool_calls:
        return False
    if not text.strip():
        raise OutputParserException(
            f"the answer is empty (finish_reason: {metadata.get('finish_reason')})", llm_output=""
        )
    try:
        # LangChain's own parser would complete an answer that breaks off.
        parse_json_markdown(text, parser=partial(json.loads, strict=False))
    except (RecursionError, ValueError) as error:
        if message.tool_calls:  # the words that go with a call
            return False
        raise OutputParserException(
            f"the answer is not JSON ({error}): {text}", llm_output=text
        ) from error
    return True
