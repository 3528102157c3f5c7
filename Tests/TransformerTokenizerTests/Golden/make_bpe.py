"""Writes Fixtures/bpe.json: the merges that Hugging Face tokenizers learns from some texts.

Usage: python make_bpe.py   (needs tokenizers; the file is committed)
"""
import json
import os

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXTS = [f"Step {i}: take {i * 37 % 91}, add {i * 13 % 57}; it's {i * 37 % 91 + i * 13 % 57}.\n\tSo we'll go back, café no. {i % 7}"
         for i in range(60)] + [
    "the cat sat on the mat and the rat ran", "abab abab baba", "aaaa aaaaa aaaaaa", "x=y+y=x", "übermäßig größer",
    "日本語の日本語", "  two  spaces   three", "Don't can't won't WON'T"]
SPECIALS, SIZE = ["<eos>", "<pad>"], 330

result = []
for digits in (True, False):
    tokenizer = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), level]) if digits else level
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=SPECIALS, initial_alphabet=level.alphabet(), show_progress=False))
    merges = [m if isinstance(m, list) else m.split(" ") for m in json.loads(tokenizer.to_str())["model"]["merges"]]
    result.append({"individual_digits": digits, "merges": merges,
                   "ids": [tokenizer.encode(text).ids for text in TEXTS[::9]]})
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "bpe.json")
with open(path, "w") as file:
    json.dump({"version": 1, "texts": TEXTS, "specials": SPECIALS, "size": SIZE, "every": 9, "runs": result}, file)
