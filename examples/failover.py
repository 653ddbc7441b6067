"""Several hosts, asked in order: the next one answers where one is down, busy or out of credit."""

from langchain_seed import ChatSeed

llm = ChatSeed(
    provider=[
        "openrouter",
        "empiriolabs",
        {"provider": "byteplus", "region": "eu-west-1"},  # what belongs to one host stands with it
    ],
    max_retries=1,  # at each of them
)

# A wrong key or a bad request is raised at once: another host would only hide it.
answer = llm.invoke("Why is the sky blue? Answer in two sentences.")
said = answer.response_metadata
for failed in said.get("failed_providers", []):
    print(f"{failed['provider']} did not answer: {failed['error']}, {failed['status_code']}")
print(f"{said['model_name']} at {said['provider']}: {answer.text}")
