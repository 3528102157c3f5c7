"""Tokens that transformers makes with stored tokenizers.

Usage: python tokenize_stored.py FOLDER...   (reads FOLDER/texts.json; prints, per folder, a JSON list of the ids of each
text without special tokens, of "a" with them, and, where there is a chat template, of a prompt)
"""
import json
import os
import sys

from transformers import AutoTokenizer

for folder in sys.argv[1:]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with open(os.path.join(folder, "texts.json")) as file:
        texts = json.load(file)
    result = [tokenizer.encode(text, add_special_tokens=False) for text in texts] + [tokenizer.encode("a")]
    if tokenizer.chat_template:
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": "the dog"}], add_generation_prompt=True, tokenize=False)
        result.append(tokenizer.encode(prompt, add_special_tokens=False))
    print(json.dumps(result))
