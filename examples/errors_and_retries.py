"""What can go wrong, and who must act. Retries are over by the time you see an error."""

from langchain_seed import ChatSeed
from seed_core import APIStatusError, ConfigurationError, SeedError, StreamBrokenError

llm = ChatSeed(max_retries=4, max_retry_wait=30, timeout=120)

try:
    llm.invoke("Hello", temperature=9)
except ConfigurationError as error:
    print(f"nothing was sent: {error}")

try:
    llm.invoke("Hello", model="bytedance-seed/no-such-model")
except APIStatusError as error:
    print(f"status {error.status_code}, retryable: {error.retryable}: {error}")

try:
    for chunk in llm.stream("Count to three."):
        print(chunk.text, end="")
    print()
except StreamBrokenError as error:
    print(f"\nthe stream stopped early; so far: {error.partial}")
except SeedError as error:
    print(f"\n{type(error).__name__}: {error}")

# Another model for when this one fails. LangChain's own retries would come on top of ours.
careful = llm.with_fallbacks([ChatSeed(model="bytedance-seed/seed-2.0-lite")])
print(careful.invoke("Hello").text)
