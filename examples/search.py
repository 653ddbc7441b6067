"""The host searches the web; what it read stands beside the answer, as citations."""

from langchain_seed import ChatSeed

llm = ChatSeed(web_search=True)  # billed by the host
answer = llm.invoke("Who won the last world cup?")

for block in answer.content_blocks:
    if block["type"] == "text":
        print(block["text"])
        for number, source in enumerate(block.get("annotations", []), start=1):
            print(f"[{number}] {source.get('title')}: {source.get('url')}")
print(answer.response_metadata["tool_usage"], answer.response_metadata["cost"], "USD")
