"""`with_structured_output`: any kind of schema, three methods, parsers that say what is wrong.

Reasoning is never read as the answer. An answer that is empty, cut off or refused is an error that
says which of these it is, not a parser's complaint about column 1.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from langchain_core.output_parsers.base import OutputParserLike
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import (
    convert_to_json_schema,
    convert_to_openai_function,
    convert_to_openai_tool,
)
from langchain_core.utils.pydantic import TBaseModel, is_basemodel_subclass

from langchain_seed.errors import InvalidReplyError
from langchain_seed.names import REFUSAL
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
            "schema": None if schema is None else convert_to_json_schema(schema),
        }
    }
    parser: OutputParserLike[Any]
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


def _with_raw(asking: Runnable[Any, Any], parser: OutputParserLike[Any]) -> Runnable[Any, Any]:
    """The message, the object, and what kept one from becoming the other."""
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=_nothing)
    failed = RunnablePassthrough.assign(parsed=_nothing)
    return RunnableMap(raw=asking) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _nothing(_: Any) -> None:
    """No value."""


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


def _json_parser(schema: Any) -> OutputParserLike[Any]:
    """The parser of an answer in JSON."""
    if _is_pydantic(schema):
        return SeedPydanticParser(pydantic_object=schema)
    return SeedJsonParser()


def _tool_parser(schema: Any, name: str) -> OutputParserLike[Any]:
    """The parser of a forced tool call."""
    if _is_pydantic(schema):
        return SeedPydanticToolParser(tools=[schema], first_tool_only=True)
    return SeedToolParser(key_name=name, first_tool_only=True)


class SeedJsonParser(JsonOutputParser):
    """JSON, fenced or not; a partial object for each chunk of a stream."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse, once it is sure that there is something to parse."""
        if not partial:
            check_answered(result, calls=False)
        return super().parse_result(result, partial=partial)


class SeedPydanticParser(PydanticOutputParser[TBaseModel]):
    """JSON into an object of a class."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse, once it is sure that there is something to parse."""
        if not partial:
            check_answered(result, calls=False)
        return super().parse_result(result, partial=partial)


class SeedToolParser(JsonOutputKeyToolsParser):
    """The arguments of the forced call."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse, once it is sure that there is something to parse."""
        if not partial:
            check_answered(result, calls=True)
        return super().parse_result(result, partial=partial)


class SeedPydanticToolParser(PydanticToolsParser):
    """The arguments of the forced call as an object of a class."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse, once it is sure that there is something to parse."""
        if not partial:
            check_answered(result, calls=True)
        return super().parse_result(result, partial=partial)


def check_answered(result: list[Generation], *, calls: bool) -> None:
    """Refuse an answer that was refused, cut off, or is not there.

    Raises:
        ModelRefusalError: the model declined (an OutputParserException before langchain-core
            1.7.5, which has no such class).
        InvalidReplyError: the limit on tokens was reached before the answer was complete.
        OutputParserException: the model answered in another form.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
        return
    message = generation.message
    refusal = message.additional_kwargs.get(REFUSAL)
    if refusal:
        if ModelRefusalError is not None:
            raise ModelRefusalError(f"the model refused: {refusal}", raw_message=message)
        raise OutputParserException(f"the model refused: {refusal}", llm_output=refusal)
    metadata = message.response_metadata
    if metadata.get("finish_reason") == "length":
        usage = message.usage_metadata
        spent = usage.get("output_token_details", {}).get("reasoning") if usage else None
        said = "" if spent is None else f" ({spent} of them on reasoning)"
        raise InvalidReplyError(
            f"the answer is not complete: finish_reason is 'length', the limit on tokens was "
            f"reached{said}; raise max_tokens or lower reasoning_effort",
            provider=metadata.get("provider"),
        )
    if calls and not (message.tool_calls or message.invalid_tool_calls):
        raise OutputParserException(
            "the model answered in text instead of calling the tool that was asked for",
            llm_output=str(message.text),
        )
    if not calls and not str(message.text).strip():
        raise OutputParserException(
            f"the answer is empty (finish_reason: {metadata.get('finish_reason')})", llm_output=""
        )
