"""A chain: a prompt template, the model, a parser. Whole, streamed, and for many at once."""

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from langchain_seed import ChatSeed

prompt = ChatPromptTemplate(
    [("system", "You translate into {language}."), ("human", "{text}")],
)
chain = prompt | ChatSeed(thinking="disabled") | StrOutputParser()

print(chain.invoke({"language": "French", "text": "Good morning"}))

for piece in chain.stream({"language": "Italian", "text": "Good evening"}):
    print(piece, end="", flush=True)
print()

words = [{"language": "Spanish", "text": text} for text in ("apple", "pear", "plum")]
for translation in chain.batch(words):
    print(translation)
