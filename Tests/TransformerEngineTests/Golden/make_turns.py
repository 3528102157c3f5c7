"""Writes Fixtures/turns.json: the assistant's turns that transformers renders with the templates of
../../TransformerChatTemplateTests/Fixtures/chat, up to the token that ends them.

Usage: python make_turns.py   (needs transformers, jinja2; the file is committed)

Where a template leaves words of an answer out, or refuses them, the turn is the prompt, the answer and the end.
"""
import json
import os
from datetime import datetime

from transformers.utils import chat_template_utils
from transformers.utils.chat_template_utils import render_jinja_template

HERE = os.path.dirname(os.path.abspath(__file__))
CHAT = os.path.join(HERE, "..", "..", "TransformerChatTemplateTests", "Fixtures", "chat")
# The token with which each family ends a turn, by its documentation.
ENDS = {
    "chatml": "<|im_end|>", "qwen2.5": "<|im_end|>", "qwen3": "<|im_end|>", "qwen3-training": "<|im_end|>",
    "qwen3.5-thinking": "<|im_end|>", "switched": "<|im_end|>", "phi-4": "<|im_end|>", "llama3": "<|eot_id|>",
    "llama3.1": "<|eot_id|>", "llama3.2": "<|eot_id|>", "gpt-oss": "<|return|>", "phi-3": "<|end|>", "phi-3-first": "<|end|>",
    "gemma": "<end_of_turn>", "gemma3": "<end_of_turn>", "mistral-v0.1": "</s>", "mistral-v0.3": "</s>",
    "mistral-small-3": "</s>", "zephyr": "</s>", "deepseek-r1": "<｜end▁of▁sentence｜>",
}
# What the prompt opens for thoughts, where finished turns show none.
OPENINGS = {"deepseek-r1": "<think>\n"}
ANSWERS = ["4", " It is 4.\n", "<think>\nhm\n</think>\n\n4", "<think>hm</think>4", "hm\n</think>\n\n4", "<|channel|>final<|message|>4"]


class Today:
    @staticmethod
    def now():
        return datetime(2025, 6, 7)


chat_template_utils.datetime = Today


def squeezed(text):
    return "".join(text.split())


def turn(render, prompt, answer, end, opening):
    try:
        text = render([{"role": "assistant", "content": answer}], False)
        text = text[:text.rindex(end) + len(end)]
        if squeezed(text).endswith(squeezed(answer + end)):
            return text
    except Exception:
        pass  # the template refuses the answer
    if opening and answer.startswith(opening.strip()):
        answer = answer[len(opening):] if answer.startswith(opening) else answer[len(opening.strip()):]
    return prompt + answer + end


rows = []
for name, end in ENDS.items():
    with open(os.path.join(CHAT, name + ".json"), encoding="utf-8") as file:
        model = json.load(file)
    for variables in [{}, {"enable_thinking": False}] if "enable_thinking" in model["template"] else [{}]:
        def render(more, prompts):
            return render_jinja_template(
                conversations=[[{"role": "user", "content": "2+2?"}] + more], chat_template=model["template"],
                add_generation_prompt=prompts, bos_token=model["bos"], eos_token=model["eos"], **variables)[0][0]
        prompt = render([], True)
        turns = [turn(render, prompt, answer, end, OPENINGS.get(name)) for answer in ANSWERS]
        # A turn that continues the prompt is kept as what follows it.
        rows.append({"template": name, "variables": variables, "end": end, "prompt": prompt, "turns": [
            {"after": text[len(prompt):]} if text.startswith(prompt) else {"whole": text} for text in turns]})
with open(os.path.join(HERE, "..", "Fixtures", "turns.json"), "w", encoding="utf-8") as file:
    json.dump({"version": 1, "answers": ANSWERS, "rows": rows}, file, ensure_ascii=False, indent=0)
    file.write("\n")
