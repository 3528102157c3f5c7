"""Writes Fixtures/chat/*.json: what transformers renders for published chat templates, and jinja2 for small ones.

Usage: python make_chat.py TRL_TEMPLATES TOKENIZERS   (needs transformers, jinja2; the files are committed)

TRL_TEMPLATES is the folder `trl/chat_templates` of the package trl, with published templates of several families;
TOKENIZERS holds `qwen2.5`, `qwen3` and `phi-3`, each with the model's tokenizer_config.json.
"""
import json
import os
import sys

import jinja2
from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

TRL, TOKENIZERS = sys.argv[1:3]
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "chat")


def trl(name):
    with open(os.path.join(TRL, name + ".jinja")) as file:
        return file.read()


def config(name):
    with open(os.path.join(TOKENIZERS, name, "tokenizer_config.json")) as file:
        return json.load(file)["chat_template"]


CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'"
          " + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
MISTRAL_1 = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}")
MISTRAL_3 = r"""{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{#- This block checks for alternating user/assistant messages, skipping tool calling messages #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
            {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
"""
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}")

# name: template, bos, eos. Those of Mistral, Zephyr and ChatML are transcribed from their publishers' files.
MODELS = {
    "llama3": (trl("llama3"), "<|begin_of_text|>", "<|eot_id|>"),
    "llama3.1": (trl("llama3_1"), "<|begin_of_text|>", "<|eot_id|>"),
    "qwen2.5": (config("qwen2.5"), "", "<|im_end|>"),
    "qwen3": (config("qwen3"), "", "<|im_end|>"),
    "phi-3": (trl("phi3"), "<s>", "<|endoftext|>"),
    "phi-3-first": (config("phi-3"), "<s>", "<|endoftext|>"),
    "gemma": (trl("gemma"), "<bos>", "<eos>"),
    "gemma3": (trl("gemma3"), "<bos>", "<eos>"),
    "chatml": (CHATML, "", "<|im_end|>"),
    "mistral-v0.1": (MISTRAL_1, "<s>", "</s>"),
    "mistral-v0.3": (MISTRAL_3, "<s>", "</s>"),
    "zephyr": (ZEPHYR, "<s>", "</s>"),
    "deepseek-r1": (trl("deepseek_r1_distill"), "<bos>", "<eos>"),
    "smollm3-like": (trl("qwen3_training"), "", "<|im_end|>"),
}
MODELS["qwen3-training"] = MODELS.pop("smollm3-like")


def turns(*texts):
    """Alternating user and assistant turns; a text "role: content" names its role."""
    result = []
    for index, text in enumerate(texts):
        role = ("user", "assistant")[index % 2]
        if isinstance(text, tuple):
            role, text = text
        result.append({"role": role, "content": text})
    return result


S = ("system", "You are a terse tutor.")
CONVERSATIONS = [
    turns("Hi"),
    turns("Hi", "Hello!", "What is 2+3?"),
    [dict(role="system", content=S[1])] + turns("Hi"),
    [dict(role="system", content=S[1])] + turns("Hi", "Hello!", "And 7*6?", "42"),
    turns("", "", ""),
    turns("naïve café – 日本語 🧮 e\u0301", "Ünï\u00a0x\u2028y"),
    turns("<b>\"quotes\" & 'more'</b> {{ x }} {% if %}\\n\\", "<a href='#'>&amp;</a>"),
    turns("  leading and trailing \n\n", "\t tabs \u3000\n", " x "),
    turns("What?", "<think>\nhm, 2+3\n</think>\n\n5", "Sure?"),
    turns("What?", "<think>\n\n</think>\n\n5"),
    turns("What?", "<think>a</think>b</think>c", "<tool_response>\n7\n</tool_response>", "<think>\nlate\n</think>\nend"),
    turns("a\r\nb", "c\rd"),
    turns(("assistant", "I begin"), ("user", "no")),
    turns("one", ("user", "two")),
    turns("Hi", ("system", "late system")),
    turns("Hi", ("tool", "{\"x\": 1}")),
    [],
]
TOOL = {"type": "function", "function": {"name": "add", "description": "Adds <two> \"numbers\" – é.", "parameters": {
    "type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "number", "default": 1.5}}, "required": []}}}
CALLS = [{"role": "user", "content": "2+3?"},
         {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {
             "name": "add", "arguments": {"a": 2, "b": 3, "deep": [None, True, {"é": "\"\n"}]}}}]},
         {"role": "tool", "content": "5"}]
EXTRAS = [{"tools": [TOOL]}, {"tools": [TOOL, TOOL], "messages": CALLS}, {"enable_thinking": False}, {"messages": CALLS}]


def attempt(work):
    try:
        return work()
    except Exception as problem:  # whatever jinja2 refuses, the interpreter must refuse
        return {"raises": str(problem) if type(problem) is jinja2.exceptions.TemplateError else None}


def rendered(template, messages, bos, eos, prompt, extra=None):
    variables = dict(tools=None, documents=None, bos_token=bos, eos_token=eos)
    variables.update(extra or {})
    messages = variables.pop("messages", messages)
    if variables["tools"] is None and messages:
        variables.pop("tools")
        variables.pop("documents")
        return attempt(lambda: render_jinja_template(
            conversations=[messages], chat_template=template, add_generation_prompt=prompt, **variables)[0][0])
    return attempt(lambda: _compile_jinja_template(template).render(
        messages=messages, add_generation_prompt=prompt, **variables))


def write(name, value):
    with open(os.path.join(OUT, name + ".json"), "w") as file:
        json.dump(value, file, ensure_ascii=False, indent=0)
        file.write("\n")


os.makedirs(OUT, exist_ok=True)
write("conversations", {"version": 1, "conversations": CONVERSATIONS, "extras": EXTRAS})
for name, (template, bos, eos) in MODELS.items():
    write(name, {
        "template": template, "bos": bos, "eos": eos,
        "off": [rendered(template, c, bos, eos, False) for c in CONVERSATIONS],
        "on": [rendered(template, c, bos, eos, True) for c in CONVERSATIONS],
        "extras": [rendered(template, CONVERSATIONS[2], bos, eos, True, e) for e in EXTRAS],
    })

VARIABLES = {"n": 3, "f": 2.5, "s": "Héllo wörld", "t": " pad ", "e": "", "l": [3, 1, 2], "w": ["b", "A", "c", "a"],
             "d": {"k": "v", "items": 1, "x": {"y": [1, {"z": "deep"}]}}, "q": "it's \"x\"\n", "nope": None, "yes": True,
             "u": [{"r": "user", "c": "1"}, {"r": "bot", "c": None}, {"r": "user"}], "acc": "e\u0301", "m": "a\nb\n\nc"}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat_language.txt"), encoding="utf-8") as file:
    SMALL = [line.rstrip("\n").replace("⏎", "\n") for line in file if line.strip() and not line.startswith("##")]
write("language", {"variables": VARIABLES, "templates": [
    [t, attempt(lambda: _compile_jinja_template(t).render(**VARIABLES))] for t in SMALL]})
