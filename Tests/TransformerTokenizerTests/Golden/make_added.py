"""Writes Fixtures/added.json: folders that declare tokens in one place or another, and what transformers makes of them.

Usage: python make_added.py   (needs transformers 5; the file is committed)

transformers takes the ids of added tokens from their order, whatever the files say; where a file says otherwise, the case is
"refused", with the token's name.
"""
import json
import os
import tempfile
import warnings

from transformers import AutoTokenizer

warnings.filterwarnings("ignore")
VOCABULARY = {piece: number for number, piece in enumerate([*"abcdefghijklmnopqrstuvwxyz<>|Ġ_/", "ab", "<a>", "</a>"])}
N = len(VOCABULARY)


def token(content, **flags):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}


def own(content, number, **flags):
    return {"id": number, **token(content, **flags)}


def typed(content, **flags):
    return {"__type": "AddedToken", **token(content, **flags)}


LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
BASE = {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": {"type": "Replace", "pattern": {"String": "q"}, "content": "o"},
    "added_tokens": [own("<a>", VOCABULARY["<a>"]), own("</a>", VOCABULARY["</a>"])], "pre_tokenizer": LEVEL,
    "post_processor": None, "decoder": LEVEL, "model": {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": VOCABULARY, "merges": [["a", "b"]]}}
A, B = own("<x>", N), own("<y>", N + 1, special=False)
MANNERED = own("<x>", N, special=False, normalized=True, lstrip=True)
# name: what is beside tokenizer.json, and what is more in it
CASES = {
    "nothing": {},
    "decoder": {"config": {"added_tokens_decoder": {str(N): token("<x>"), str(N + 1): token("<y>", special=False)}}},
    "decoder, not in order": {"config": {"added_tokens_decoder": {str(N + 1): token("<x>"), str(N): token("<y>")}}},
    "decoder with a gap": {"config": {"added_tokens_decoder": {str(N + 5): token("<x>")}}},
    "decoder, other flags": {"config": {"added_tokens_decoder": {str(N - 1): token("</a>", lstrip=True)}}},
    "decoder, no more special": {"config": {"added_tokens_decoder": {str(N - 1): token("</a>", special=False)}}},
    "decoder, other id": {"config": {"added_tokens_decoder": {"3": token("</a>")}}},
    "decoder, id of another": {"config": {"added_tokens_decoder": {str(VOCABULARY["ab"]): token("<x>")}}},
    "decoder, of the vocabulary": {"config": {"added_tokens_decoder": {str(VOCABULARY["ab"]): token("ab")}}},
    "decoder, short": {"config": {"added_tokens_decoder": {str(N): {"content": "<x>"}, str(N + 1): {"content": "<y>", "special": True}}}},
    "decoder, mannered": {"config": {"added_tokens_decoder": {str(N): token("<q>", special=False, normalized=True, rstrip=True, single_word=True)}}},
    "decoder, plain eos": {"config": {"eos_token": "<y>", "added_tokens_decoder": {str(N): {"content": "<y>"}}}},
    "added": {"added": {"<x>": N, "<y>": N + 1}},
    "added, not in order": {"added": {"<y>": N + 1, "<x>": N}},
    "added with a gap": {"added": {"<x>": N + 7}},
    "added, of the vocabulary": {"added": {"ab": VOCABULARY["ab"]}},
    "added, other id": {"own": [A], "added": {"<x>": N + 2, "<y>": N + 1}},
    "added, as own": {"own": [MANNERED], "added": {"<x>": N, "<y>": N + 1}},
    "added, ignored": {"config": {"added_tokens_decoder": {str(N): token("<x>")}}, "added": {"<y>": N + 1}},
    "added, special by name": {"config": {"pad_token": "<x>", "image_token": "<y>"}, "added": {"<x>": N, "<y>": N + 1}},
    "added, special by extra": {"config": {"extra_special_tokens": ["<x>"]}, "added": {"<x>": N, "<y>": N + 1}},
    "added, special by additional": {"config": {"additional_special_tokens": ["<x>"]}, "added": {"<x>": N, "<y>": N + 1}},
    "added, additional of the map": {"map": {"additional_special_tokens": ["<x>"]}, "added": {"<x>": N, "<y>": N + 1}},
    "extra list": {"config": {"extra_special_tokens": ["<x>", "<y>"]}},
    "extra object": {"config": {"extra_special_tokens": {"image_token": "<x>", "boi_token": "<y>"}}},
    "extra object, usual name": {"config": {"pad_token": "<y>", "extra_special_tokens": {"pad_token": "<x>"}}},
    "extra, typed": {"config": {"extra_special_tokens": [typed("<x>", lstrip=True)]}},
    "extra, own": {"own": [MANNERED], "config": {"extra_special_tokens": ["<x>"]}},
    "extra, named": {"config": {"pad_token": "<x>", "extra_special_tokens": ["<x>", "<y>"]}},
    "extra, of the vocabulary": {"config": {"extra_special_tokens": ["ab"]}},
    "additional": {"config": {"additional_special_tokens": ["<x>", "<y>"]}},
    "additional object": {"config": {"additional_special_tokens": {"image_token": "<x>"}}},
    "additional and extra": {"config": {"additional_special_tokens": ["<x>"], "extra_special_tokens": ["<y>"]}},
    "additional and no extra": {"config": {"additional_special_tokens": ["<x>"], "extra_special_tokens": []}},
    "names": {"config": {"pad_token": "<p>", "sep_token": "<x>", "image_token": "<y>"}},
    "names, typed": {"config": {"pad_token": typed("<p>", lstrip=True), "image_token": typed("<y>", rstrip=True), "boi_token": "<x>"}},
    "names, in order": {"config": {"pad_token": "<p>", "bos_token": "<x>", "extra_special_tokens": ["<y>"],
                                   "added_tokens_decoder": {str(N): token("<z>")}}},
    "name of the vocabulary": {"config": {"pad_token": "ab"}},
    "name of an own one": {"own": [MANNERED], "config": {"eos_token": "<x>"}},
    "name of an own one, decoder": {"own": [MANNERED], "config": {"eos_token": "<x>", "added_tokens_decoder": {}}},
    "empty name": {"config": {"pad_token": "", "image_token": ""}},
    "not a name": {"config": {"foo_token": 5, "bar_token": True}},
    "map": {"map": {"pad_token": "<p>", "bos_token": {"content": "<x>", "lstrip": True, "rstrip": False, "normalized": False,
                                                      "single_word": False}, "additional_special_tokens": ["<y>"]}},
    "map, decoder": {"config": {"added_tokens_decoder": {}}, "map": {"pad_token": "<p>"}},
    "map against config": {"config": {"pad_token": "<x>"}, "map": {"pad_token": "<p>"}},
    "map takes away": {"config": {"pad_token": "<x>"}, "map": {"pad_token": None}},
    "map extra": {"config": {"extra_special_tokens": ["<x>"]}, "map": {"extra_special_tokens": ["<y>"]}},
    "map extra, objects": {"map": {"extra_special_tokens": [{"content": "<x>", "lstrip": True, "rstrip": False, "normalized": False,
                                                             "single_word": False}]}},
    "map extra object": {"config": {"extra_special_tokens": {"boi_token": "<y>"}}, "map": {"extra_special_tokens": {"image_token": "<x>"}}},
    "map additional, extra": {"config": {"extra_special_tokens": ["<x>"]}, "map": {"additional_special_tokens": ["<y>"]}},
    "map additional, extra object": {"config": {"extra_special_tokens": {"image_token": "<x>"}}, "map": {"additional_special_tokens": ["<y>"]}},
    "map additional, no extra": {"config": {"extra_special_tokens": []}, "map": {"additional_special_tokens": ["<y>"]}},
    "map additional twice": {"config": {"additional_special_tokens": ["<x>"]}, "map": {"additional_special_tokens": ["<y>"]}},
    "map name": {"map": {"image_token": "<y>", "unk_token": "<x>"}},
    "map name against config": {"config": {"image_token": "<x>"}, "map": {"image_token": "<y>"}},
    "split": {"config": {"split_special_tokens": True, "added_tokens_decoder": {str(N): token("<x>"), str(N + 1): token("<y>", special=False)}}},
    "own with a gap": {"own": [own("<x>", N + 4)]},
    "own, not in order": {"own": [own("<x>", N + 1), own("<y>", N)]},
    "own, other id": {"own": [own("ab", 3)]},
    "own twice": {"own": [A, own("<x>", N, lstrip=True), B]},
    "a hole in the vocabulary": {"vocab": {"zz": N + 10}, "config": {"pad_token": "<p>"}},
    "padding": {"padding": {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": N, "pad_type_id": 0,
                            "pad_token": "<p>"}},
    "padding and a name": {"config": {"pad_token": "<x>"}, "padding": {
        "strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": N, "pad_type_id": 0, "pad_token": "<p>"}},
}
TEXTS = ["a<a>b</a>", "ab <x> ab", "ab<y>ab <y>", "<p><z>ab", " <x>  <p> </a> a", "<q> <o>b <o> a zz"]


def loaded(case, folder):
    base = json.loads(json.dumps(BASE))
    base["added_tokens"] += case.get("own", [])
    base["model"]["vocab"].update(case.get("vocab", {}))
    base["padding"] = case.get("padding")
    files = {"tokenizer": base, "tokenizer_config": {"tokenizer_class": "PreTrainedTokenizerFast", **case.get("config", {})},
             "special_tokens_map": case.get("map"), "added_tokens": case.get("added")}
    for name, content in files.items():
        if content is not None:
            with open(os.path.join(folder, name + ".json"), "w") as file:
                json.dump(content, file)
    return AutoTokenizer.from_pretrained(folder)


def stated(case):
    """Every id that a file states."""
    decoder = case.get("config", {}).get("added_tokens_decoder")
    yield from ((item["content"], item["id"]) for item in case.get("own", []))
    if decoder is not None:
        yield from ((item["content"], int(number)) for number, item in decoder.items())
    else:
        yield from case.get("added", {}).items()


cases = []
for name, case in CASES.items():
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = loaded(case, folder)
    row = {"name": name, **case}
    ids = tokenizer.get_vocab()
    wrong = [content for content, number in stated(case) if ids.get(content) != number]
    if wrong:
        row["refused"] = wrong
    else:
        backend = tokenizer.backend_tokenizer
        row["expected"] = {
            "ids": [tokenizer.encode(text, add_special_tokens=False) for text in TEXTS],
            "special": [number for number in sorted(ids.values()) if not backend.decode([number], skip_special_tokens=True)
                        and backend.decode([number], skip_special_tokens=False)],
            "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id, "size": max(ids.values()) + 1}
    cases.append(row)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "added.json")
with open(path, "w") as output:
    json.dump({"version": 1, "base": BASE, "texts": TEXTS, "cases": cases}, output, ensure_ascii=False, separators=(",", ":"))
