"""An agent that is asked for a video makes one with Seedance, and then watches it with Seed.

It needs LangChain (pip install langchain), and RUNWARE_API_KEY beside the key of Seed's host.
"""

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage

from langchain_seed import ChatSeed, SeedanceTool

llm = ChatSeed()
# What a video may cost, and how fine it is, is not for the model to say.
tool = SeedanceTool(max_cost_usd=0.25, fixed={"tier": "480p"})
agent = create_agent(llm, [tool])

asked = HumanMessage("Make a video of four seconds: a cat walks through tall grass at dawn.")
messages = agent.invoke({"messages": [asked]})["messages"]

for made in [message for message in messages if isinstance(message, ToolMessage)]:
    print(made.text)
    record = made.artifact  # the text is for a model; this is the same for a program
    if record is None:  # nothing was made, and the text says why
        continue
    for clip in record["videos"]:
        question = {"type": "text", "text": "What moves here, and where to? Is it dawn?"}
        look = HumanMessage([question, {"type": "video", "url": clip["url"]}])
        print(agent.invoke({"messages": [*messages, look]})["messages"][-1].text)
