"""Writes Fixtures/spm.json: a small SentencePiece-style tokenizer in several configurations, with the ids and texts
that Hugging Face tokenizers gives.

Usage: python make_spm.py   (needs tokenizers; the file is committed)
"""
import json
import os

from tokenizers import Tokenizer, models, normalizers, trainers

CORPUS = ["the cat sat on the mat and the rat ran", "hello hello world", "  two  spaces   three", "naïve café",
          "a year of the rat, a year of the cat", "1 and 2 and 3 make 6", "日本語の日本語", "the  the\nthe end"] * 3
TEXTS = ["", " ", "   ", "hello", " hello world", "the cat sat on the mat", "café naïve", "日本語", "🧮 é ü", "a\nb\tc",
         "the  theend <s>the</s> x", "<s>", "</s><s>", " <m> <m>  the<m>", "cat rat the <w>x <w> <w>", "ññ 語ñ本ñ",
         "▁the▁", "hello▁ ▁world", "norm x norm", "<s> the\u3000<m>", "q q", "\u00a0the\u200bend"]
# Ids that no text gives: stray bytes, specials in the middle.
BYTES = ["<0xE6>", "<0x97>", "<0xA5>", "<0x0A>", "<0xF0>", "<0x9F>"]

PREPEND, REPLACE = {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
SPACES = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
FALLBACK, FUSE = {"type": "ByteFallback"}, {"type": "Fuse"}
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}


def sequence(key, *steps):
    return {"type": "Sequence", key: list(steps)}


def metaspace(**options):
    return {"type": "Metaspace", "replacement": "▁", **options}


def template(before, after):
    items = [{"SpecialToken": {"id": token, "type_id": 0}} for token in before] + [{"Sequence": {"id": "A", "type_id": 0}}]
    items += [{"SpecialToken": {"id": token, "type_id": 0}} for token in after]
    specials = {token: {"id": token, "ids": [["<unk>", "<s>", "</s>"].index(token)], "tokens": [token]}
                for token in before + after}
    return {"type": "TemplateProcessing", "single": items, "pair": items + [{"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": specials}


LLAMA = {"normalizer": sequence("normalizers", PREPEND, REPLACE), "post_processor": template(["<s>"], []),
         "decoder": sequence("decoders", SPACES, FALLBACK, FUSE, STRIP)}
CONFIGURATIONS = {
    "llama": LLAMA,
    "gemma": {"normalizer": REPLACE, "post_processor": template(["<s>"], ["</s>"]),
              "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
              "decoder": sequence("decoders", SPACES, FALLBACK, FUSE)},
    "mistral": {"pre_tokenizer": metaspace(prepend_scheme="first", split=False), "post_processor": template(["<s>"], []),
                "decoder": sequence("decoders", SPACES, FALLBACK, FUSE, STRIP)},
    "always": {"pre_tokenizer": metaspace(prepend_scheme="always", split=True), "decoder": metaspace(prepend_scheme="always")},
    "never": {"pre_tokenizer": metaspace(prepend_scheme="never"), "decoder": metaspace(prepend_scheme="never")},
    "first": {"pre_tokenizer": metaspace(prepend_scheme="first", split=True), "decoder": metaspace(prepend_scheme="first"),
              "normalizer": {"type": "NFC"}},
    "unknown": {**LLAMA, "model": {"byte_fallback": False, "fuse_unk": True}},
    "unknowns": {**LLAMA, "model": {"byte_fallback": False, "fuse_unk": False}},
    "nothing": {**LLAMA, "model": {"byte_fallback": False, "unk_token": None}},
    "whole": {"pre_tokenizer": metaspace(prepend_scheme="always"), "decoder": metaspace(), "model": {"ignore_merges": True}},
    "digits": {"pre_tokenizer": sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, metaspace(prepend_scheme="first")),
               "decoder": metaspace()},
    # A token that goes on after a space: text cannot be cut at spaces.
    "crossing": {**LLAMA, "merge": ["e", "▁"]},
}


def added(vocabulary):
    result = []
    for content, options in [("<unk>", {"special": True}), ("<s>", {"special": True}), ("</s>", {"special": True}),
                             ("<m>", {"special": True, "lstrip": True}), ("<w>", {"rstrip": True}),
                             ("norm x", {"normalized": True}), ("rat", {"single_word": True}), ("q q", {"normalized": True})]:
        new = len(vocabulary) + sum(token["content"] not in vocabulary for token in result)
        result.append({"id": vocabulary.get(content, new), "content": content, "single_word": False, "lstrip": False,
                       "rstrip": False, "normalized": False, "special": False, **options})
    return result


def base():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    # Byte tokens of the first bytes of CJK and emoji are missing, so that some characters are unknown after all.
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256) if byte not in (0xC3, 0xE2)]
    tokenizer.train_from_iterator((word for text in CORPUS for word in text.replace(" ", "\n ").split("\n")), trainers.BpeTrainer(
        vocab_size=370, special_tokens=["<unk>", "<s>", "</s>"] + bytes_, show_progress=False))
    result = json.loads(tokenizer.to_str())
    # No merge makes it but that of the configuration "crossing".
    result["model"]["vocab"]["e▁"] = len(result["model"]["vocab"])
    result["added_tokens"] = added(result["model"]["vocab"])
    result["model"]["merges"] = [m if isinstance(m, list) else m.split(" ") for m in result["model"]["merges"]]
    return result


file = {"version": 1, "base": base(), "texts": TEXTS, "configurations": []}
for name, parts in CONFIGURATIONS.items():
    whole = dict(file["base"], normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None)
    whole.update({key: value for key, value in parts.items() if key not in ("model", "merge")})
    whole["model"] = dict(whole["model"], **parts.get("model", {}))
    if "merge" in parts:
        whole["model"]["merges"] = [parts["merge"]] + whole["model"]["merges"]
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    stray = [whole["model"]["vocab"][token] for token in BYTES]
    streams = [stray, stray[:3], stray[:2], [1] + stray[3:] + [2], stray[3:4] + ids[3] + stray[:2], [1] + ids[4] + [2, 9999] + ids[6]]
    file["configurations"].append({
        "name": name, "parts": parts, "ids": ids,
        "with_special": [tokenizer.encode(text).ids for text in ("the cat", "")],
        "decoded": [tokenizer.decode(row, skip_special_tokens=False) for row in ids],
        "streams": [{"ids": row, "decoded": tokenizer.decode(row, skip_special_tokens=False),
                     "skipped": tokenizer.decode(row, skip_special_tokens=True)} for row in streams]})
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "spm.json")
with open(path, "w") as output:
    json.dump(file, output, ensure_ascii=False, separators=(",", ":"))
