"""The host searches the web; what it read stands beside the answer, as citation blocks."""

from llama_index.core.llms import ChatMessage, CitationBlock

from llamaindex_seed import SeedLLM

llm = SeedLLM(web_search=True)  # billed by the host
response = llm.chat([ChatMessage("Who won the last world cup?")])

print(response.message.content)
sources = [block for block in response.message.blocks if isinstance(block, CitationBlock)]
for number, source in enumerate(sources, start=1):
    print(f"[{number}] {source.title}: {source.source}")
print(response.additional_kwargs["tool_usage"], response.additional_kwargs["cost"], "USD")
