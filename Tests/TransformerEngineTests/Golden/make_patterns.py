"""Writes Fixtures/patterns.json: which names of modules PEFT's rule for rank_pattern and alpha_pattern matches.

Usage: python make_patterns.py   (needs peft)
"""
import json
import os

from peft.utils.other import get_pattern_key

NAMES = ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj", "model.layers.11.self_attn.k_proj",
         "model.layers.1.mlp.down_proj", "model.layers.12.mlp.up_proj", "transformer.h.0.attn.c_attn", "lm_head", "xq_proj"]
PATTERNS = ["q_proj", "_proj", ".*_proj", "self_attn.q_proj", "layers.1.self_attn.q_proj", "^model.layers.1.mlp.down_proj",
            r"model\.layers\.1\..*", r"layers\.(0|1)\..*q_proj", r".*\.1\.mlp\.(up|down)_proj", r"layers\.1\d\..*", "q_proj$",
            "[qk]_proj", r"layers\.[0-9]+\.mlp\.[a-z]+_proj", "[^l].*", "lm_head|c_attn", "(lm_head)?", r"\w+\.\d{1}\.\w+\.\w+",
            r"layers\.1{2}\..*", r"layers\.1{1,}\.self_attn\.k_proj", "(?:q|k)_proj", "(?P<kind>up|down)_proj", ".+?_proj",
            r"\S*attn", r"h\.0\.attn\.c_attn", "[a-z_.0-9]*head", "model", "", "q_proj|", r"[\d.]+", r"[]x]q_proj"]

table = [[p, n, get_pattern_key([p], n) == p and p != n or (p == n)] for p in PATTERNS for n in NAMES]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "patterns.json")
with open(path, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(row) for row in table) + "\n]\n")
