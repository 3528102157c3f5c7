"""Writes Fixtures/chat/*.json: what transformers renders for published chat templates, and jinja2 for small ones.

Usage: python make_chat.py TRL_TEMPLATES AXOLOTL_TEMPLATES   (needs transformers, jinja2; the files are committed)

TRL_TEMPLATES is the folder `trl/chat_templates` of the package trl, with published templates of several families;
AXOLOTL_TEMPLATES is `axolotl/utils/chat_templates/templates` of the package axolotl. Both are under the Apache License 2.0.
"""
import json
import os
import sys
from datetime import datetime

import jinja2
from transformers.utils import chat_template_utils
from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

TRL, AXOLOTL = sys.argv[1:3]


class Today:
    """What `strftime_now` asks for the time: always the same day."""

    @staticmethod
    def now():
        return datetime(2025, 6, 7)


chat_template_utils.datetime = Today
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "chat")


def trl(name):
    with open(os.path.join(TRL, name + ".jinja")) as file:
        return file.read()


def axolotl(name):
    with open(os.path.join(AXOLOTL, name + ".jinja")) as file:
        return file.read()


def kept(name):
    """Of a tokenizer_config.json that no package holds: the text that is committed already."""
    with open(os.path.join(OUT, name + ".json")) as file:
        return json.load(file)["template"]


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

PHI_4 = (
    "{% for message in messages %}{% if (message['role'] == 'system') %}"
    "{{'<|im_start|>system<|im_sep|>' + message['content'] + '<|im_end|>'}}{% elif (message['role'] == 'user') %}"
    "{{'<|im_start|>user<|im_sep|>' + message['content'] + '<|im_end|>'}}{% elif (message['role'] == 'assistant') %}"
    "{{'<|im_start|>assistant<|im_sep|>' + message['content'] + '<|im_end|>'}}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>' }}{% endif %}")
# Written for this test, with what SmolLM3's template needs: a date, a mode in the system message, an empty section for
# thoughts in prompts and turns alike, and marks of what is generated.
SWITCHED = r"""{%- if enable_thinking is not defined -%}
{%- set enable_thinking = true -%}
{%- endif -%}
{%- set mode = "/think" if enable_thinking else "/no_think" -%}
{%- if messages and messages[0].role == "system" -%}
  {%- set words = messages[0].content -%}
  {%- if "/no_think" in words -%}{%- set mode = "/no_think" -%}{%- elif "/think" in words -%}{%- set mode = "/think" -%}{%- endif -%}
  {%- set words = words.replace("/no_think", "").replace("/think", "").rstrip() -%}
{%- endif -%}
{{- "<|im_start|>system\nDate: " ~ strftime_now("%d %B %Y") ~ "\nMode: " + mode + "\n\n" -}}
{{- (words if words else "Be helpful.") + "<|im_end|>\n" -}}
{%- for tool in (tools or [])[:] -%} {# a list #}
  {%- set ns = namespace(text="Tool: ") -%}
  {%- set ns.text = ns.text ~ (tool | string) ~ "\n" -%}
  {{- ns.text -}}
{%- endfor -%}
{%- for message in messages -%}
  {%- set content = message.content if message.content is string else "" -%}
  {%- if message.role == "user" -%}
    {{ "<|im_start|>" + message.role + "\n" + content + "<|im_end|>\n" }}
  {%- elif message.role == "assistant" -%}
    {% generation %}
    {%- if mode == "/think" -%}
      {{ "<|im_start|>assistant\n" + content.lstrip("\n") + "<|im_end|>\n" }}
    {%- else -%}
      {{ "<|im_start|>assistant\n" + "<think>\n\n</think>\n" + content.lstrip("\n") + "<|im_end|>\n" }}
    {%- endif -%}
    {% endgeneration %}
  {%- elif message.role == "tool" -%}
    {{ "<|im_start|>user\n" + content + "<|im_end|>\n" }}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ "<|im_start|>assistant\n" if mode == "/think" else "<|im_start|>assistant\n<think>\n\n</think>\n" }}
{%- endif -%}
"""

# name: template, bos, eos. Those of Mistral, Zephyr, Phi-4 and ChatML are transcribed from their publishers' files.
MODELS = {
    "llama3": (trl("llama3"), "<|begin_of_text|>", "<|eot_id|>"),
    "llama3.1": (trl("llama3_1"), "<|begin_of_text|>", "<|eot_id|>"),
    "qwen2.5": (trl("qwen2_5"), "", "<|im_end|>"),
    "qwen3": (trl("qwen3"), "", "<|im_end|>"),
    "phi-3": (trl("phi3"), "<s>", "<|endoftext|>"),
    "phi-3-first": (kept("phi-3-first"), "<s>", "<|endoftext|>"),
    "gemma": (trl("gemma"), "<bos>", "<eos>"),
    "gemma3": (trl("gemma3"), "<bos>", "<eos>"),
    "chatml": (CHATML, "", "<|im_end|>"),
    "mistral-v0.1": (MISTRAL_1, "<s>", "</s>"),
    "mistral-v0.3": (MISTRAL_3, "<s>", "</s>"),
    "zephyr": (ZEPHYR, "<s>", "</s>"),
    "deepseek-r1": (trl("deepseek_r1_distill"), "<bos>", "<eos>"),
    "qwen3-training": (trl("qwen3_training"), "", "<|im_end|>"),
    "llama3.2": (trl("llama3_2"), "<|begin_of_text|>", "<|eot_id|>"),
    "gpt-oss": (trl("gptoss"), "<|startoftext|>", "<|return|>"),
    "phi-4": (PHI_4, "<|endoftext|>", "<|im_end|>"),
    "mistral-small-3": (axolotl("mistral_v7_tekken"), "<s>", "</s>"),
    "qwen3.5-thinking": (trl("qwen3_5_think"), "", "<|im_end|>"),
    "switched": (SWITCHED, "", "<|im_end|>"),
}


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
# As transformers passes reasoning on, under both of its names.
REASONED = [{"role": "user", "content": "2+3?"},
            {"thinking": "two and three", "role": "assistant", "content": "5", "reasoning_content": "two and three"},
            {"role": "user", "content": "And 1 more?"},
            {"thinking": "five and one", "role": "assistant", "content": "6", "reasoning_content": "five and one"}]
EXTRAS = [{"tools": [TOOL]}, {"tools": [TOOL, TOOL], "messages": CALLS}, {"enable_thinking": False}, {"messages": CALLS},
          {"messages": REASONED, "add_generation_prompt": False}, {"messages": REASONED[:3]}]


def attempt(work):
    try:
        return work()
    except Exception as problem:  # whatever jinja2 refuses, the interpreter must refuse
        return {"raises": str(problem) if type(problem) is jinja2.exceptions.TemplateError else None}


def rendered(template, messages, bos, eos, prompt, extra=None):
    variables = dict(tools=None, documents=None, bos_token=bos, eos_token=eos)
    variables.update(extra or {})
    messages = variables.pop("messages", messages)
    prompt = variables.pop("add_generation_prompt", prompt)
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
