"""One question, one answer, the tokens that it took and what it cost."""

from langchain_seed import ChatSeed

llm = ChatSeed()  # the host whose key is set: OPENROUTER_API_KEY

answer = llm.invoke("Why is the sky blue? Answer in two sentences.")
print(answer.text)
print(answer.usage_metadata)

said = answer.response_metadata
print(f"{said['model_name']} at {said['provider']}: {said['cost']:.6f} USD, {said['cost_source']}")
