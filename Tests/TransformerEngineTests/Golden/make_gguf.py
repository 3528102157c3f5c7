"""Writes Fixtures/gguf/: `types.gguf` with blocks of random bits of every type that is read, and what the package gguf makes
of them; NAME.gguf, random tiny models of each architecture, and the log-probs that transformers computes for the same
weights; tokens-NAME.gguf, tokenizers without a model, and the ids that tokenizers and sentencepiece give for some texts.

Usage: python make_gguf.py   (needs gguf, torch, transformers, tokenizers, sentencepiece; the files are committed)

Tensors get their GGUF names from the package gguf. What llama.cpp's converters do beside that is done here again: rows of
queries and keys of `llama` pair by pair, one added to the norms of Gemma, GPT-2's matrices transposed.
"""
import io
import json
import os
import shutil
from importlib.metadata import version

import gguf
import numpy as np
import sentencepiece
import tokenizers as tk
import torch
import transformers as tf
from gguf.quants import dequantize, quantize

from make_architectures import randomize, write

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "Fixtures", "gguf")
Type = gguf.GGMLQuantizationType
TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]

# Tokenizers: bytes, some merges, special tokens.

CORPUS = ["The quick brown fox jumps over the lazy dog 1234 times, doesn't it?", "I'LL say: we're the ones; they've 56.78%!",
          "the theory of the thing  that   thinks\n\n\tthough through thorough", "über café naïve 北京 Привет мир 🙂 don't can't"]
TEXTS = CORPUS + ["", "日本 ñ\t\r\n ", " ", "a", "12345678", "It's THE's  end \n \n x", "cafe\u0301 de\u0301ja\u0300", "<s>user<tool>hello</s>", "x<s> y"]
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def cl100k(digits):
    return [tk.pre_tokenizers.Split(tk.Regex(CL100K.replace("DIGITS", digits)), "isolated"),
            tk.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]


SPLITS = {
    "gpt-2": [tk.pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "smollm": [tk.pre_tokenizers.Digits(individual_digits=True), tk.pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "llama-bpe": cl100k(r"\p{N}{1,3}"),
    "qwen2": cl100k(r"\p{N}"),
}
SPECIALS = ["<s>", "</s>", "<tool>"]


def byte_level(pre):
    tokenizer = tk.Tokenizer(tk.models.BPE(ignore_merges=pre == "llama-bpe"))
    tokenizer.pre_tokenizer = tk.pre_tokenizers.Sequence(SPLITS[pre])
    if pre == "qwen2":
        tokenizer.normalizer = tk.normalizers.NFC()
    tokenizer.train_from_iterator(CORPUS * 3, tk.trainers.BpeTrainer(
        vocab_size=330, initial_alphabet=tk.pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(SPECIALS[:2])
    tokenizer.add_tokens([tk.AddedToken(SPECIALS[2], normalized=False)])
    return tokenizer


def add_byte_level(writer, pre, tokenizer, size=None):
    vocabulary = tokenizer.get_vocab()
    tokens = {i: t for t, i in vocabulary.items()}
    size = size or len(tokens)
    names = [tokens.get(i, f"[PAD{i}]") for i in range(size)]
    kinds = [5 if i not in tokens else 3 if tokens[i] in SPECIALS[:2] else 4 if tokens[i] in SPECIALS else 1 for i in range(size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(names)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]])
    writer.add_bos_token_id(vocabulary["<s>"])
    writer.add_eos_token_id(vocabulary["</s>"])


def add_sentence_piece(writer):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 3), model_writer=model, model_type="bpe", vocab_size=380, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.98, minloglevel=2)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    kinds = [2 if pieces.is_unknown(i) else 3 if pieces.is_control(i) else 6 if pieces.is_byte(i) else 1
             for i in range(pieces.vocab_size())]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([pieces.id_to_piece(i) for i in range(len(kinds))])
    writer.add_token_scores([pieces.get_score(i) for i in range(len(kinds))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    return pieces


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def path(name):
    return os.path.join(FOLDER, name + ".gguf")


def make_tokens():
    expected = {"texts": TEXTS, "ids": {}}
    for pre in SPLITS:
        tokenizer = byte_level(pre)
        writer = gguf.GGUFWriter(path("tokens-" + pre), "llama")
        add_byte_level(writer, pre, tokenizer)
        finish(writer)
        expected["ids"][pre] = [tokenizer.encode(t, add_special_tokens=False).ids for t in TEXTS]
    writer = gguf.GGUFWriter(path("tokens-spm"), "llama")
    pieces = add_sentence_piece(writer)
    finish(writer)
    # SentencePiece finds no special tokens in texts.
    expected["ids"]["spm"] = [None if "<" in t else pieces.encode(t) for t in TEXTS]
    with open(os.path.join(FOLDER, "tokens.json"), "w") as file:
        json.dump(expected, file)


# Types: random bits, with scales that are numbers.

HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def make_types():
    random = np.random.default_rng(5)
    writer = gguf.GGUFWriter(path("types"), "none")
    arrays = {}
    for name in TYPES:
        kind = Type[name]
        elements, width = gguf.GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (3, 64 if elements == 1 else 2, width), dtype=np.uint8)
        for at in HALVES.get(name, []):  # exponents below the highest; also zero, subnormal and negative numbers
            blocks[..., at + 1] &= 0xBF
        blocks = blocks.reshape(3, -1)
        if elements == 1:
            numbers = random.normal(0, 1, (3, 64)).astype(np.float32)
            numbers[0, :4] = [0, -0.0, 2**-24, -65504]
            data = quantize(numbers, kind) if name == "BF16" else numbers.astype(np.float16 if name == "F16" else np.float32)
        else:
            data = blocks
        values = dequantize(data, kind)
        assert np.isfinite(values).all(), name
        writer.add_tensor(name, data, raw_dtype=kind)
        arrays[name] = torch.from_numpy(np.ascontiguousarray(values).reshape(3, -1).astype(np.float32))
    finish(writer)
    write(os.path.join(FOLDER, "types.golden"), arrays, {"source": f"gguf {version('gguf')}"})


# Models.

SIZES = dict(vocab_size=41, hidden_size=16, num_hidden_layers=2, intermediate_size=24, max_position_embeddings=64,
             num_attention_heads=4, num_key_value_heads=2, initializer_range=0.15, bos_token_id=1, eos_token_id=2,
             pad_token_id=None)
GEMMA = dict(head_dim=8, query_pre_attn_scalar=8)


def rope(**kw):
    return dict(rope_theta=10000.0, **kw)


LLAMA3 = rope(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
MODELS = {
    "llama": (tf.LlamaForCausalLM, tf.LlamaConfig, dict(
        vocab_size=352, hidden_size=32, intermediate_size=64, tie_word_embeddings=True, max_position_embeddings=256,
        rope_parameters=LLAMA3, rms_norm_eps=1e-5, head_dim=16, num_attention_heads=2, num_key_value_heads=1)),
    "llama-bias": (tf.LlamaForCausalLM, tf.LlamaConfig, dict(attention_bias=True, mlp_bias=True, num_key_value_heads=4)),
    "mistral": (tf.MistralForCausalLM, tf.MistralConfig, dict(sliding_window=None)),
    "qwen2": (tf.Qwen2ForCausalLM, tf.Qwen2Config, dict(
        tie_word_embeddings=True, rope_parameters=rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=16))),
    "qwen3": (tf.Qwen3ForCausalLM, tf.Qwen3Config, dict(
        head_dim=8, rope_parameters=rope(rope_type="linear", factor=2.0))),
    "gemma2": (tf.Gemma2ForCausalLM, tf.Gemma2Config, dict(
        **GEMMA, sliding_window=16, attn_logit_softcapping=1.5, final_logit_softcapping=2.0)),
    "gemma3": (tf.Gemma3ForCausalLM, tf.Gemma3TextConfig, dict(
        **GEMMA, sliding_window=12, num_hidden_layers=6, layer_types=["sliding_attention"] * 5 + ["full_attention"],
        rope_parameters={"sliding_attention": dict(rope_type="default", rope_theta=10000.0),
                         "full_attention": dict(rope_type="linear", rope_theta=1e6, factor=8.0)})),
    "phi3": (tf.Phi3ForCausalLM, tf.Phi3Config, dict(sliding_window=20)),
    "gpt2": (tf.GPT2LMHeadModel, tf.GPT2Config, None),
}
GPT2 = dict(vocab_size=41, n_embd=16, n_layer=2, n_head=4, n_positions=64, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0,
            initializer_range=0.15, bos_token_id=1, eos_token_id=2)


def rows_in_pairs(array, heads):
    return array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)


def changed(name, array, arch, config):
    """An array as the file has it, and what undoes the change."""
    if arch == "llama" and (".q_proj." in name or ".k_proj." in name):
        heads = config.num_attention_heads if ".q_proj." in name else config.num_key_value_heads
        return rows_in_pairs(array, heads), lambda a: a.reshape(
            heads, a.shape[0] // heads // 2, 2, *a.shape[1:]).swapaxes(1, 2).reshape(a.shape)
    if arch.startswith("gemma") and name.endswith("norm.weight"):
        return array + np.float32(1), lambda a: a - np.float32(1)
    if arch == "gpt2" and name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight")):
        return np.ascontiguousarray(array.T), lambda a: np.ascontiguousarray(a.T)
    return array, lambda a: a


def add_tensors(writer, model, arch, name):
    """The tensors, matrices in half precision or eight bits, and the model with the values that the file then has."""
    names = gguf.get_tensor_name_map(next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch), 8)
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    with torch.no_grad():
        for key, p in model.state_dict().items():
            if key in tied:
                continue
            array, restore = changed(key, p.detach().float().numpy(), arch, model.config)
            kind = Type.F32 if array.ndim == 1 else Type.Q8_0 if name == "llama" else Type.F16
            data = np.ascontiguousarray(array) if kind == Type.F32 else quantize(np.ascontiguousarray(array), kind)
            writer.add_tensor(names.get_name(key, try_suffixes=(".weight", ".bias")), data, raw_dtype=kind)
            values = dequantize(data, kind).reshape(array.shape).astype(np.float32)
            p.copy_(torch.from_numpy(np.ascontiguousarray(restore(values))))


def add_sizes(writer, config, arch):
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(4 * config.hidden_size if arch == "gpt2" else config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    if arch == "gpt2":
        return writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if arch in ("llama", "phi3"):
        writer.add_rope_dimension_count(size)
    if arch in ("qwen3", "gemma2", "gemma3"):
        writer.add_key_length(size)
        writer.add_value_length(size)
    if arch.startswith("gemma") or arch == "phi3":
        writer.add_sliding_window(config.sliding_window)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def add_positions(writer, model, arch):
    parameters = model.config.rope_parameters
    parameters = parameters.get("full_attention", parameters)
    if arch != "gemma2":
        writer.add_rope_freq_base(parameters["rope_theta"])
    kind = parameters["rope_type"]
    if kind in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
        writer.add_rope_scaling_factor(parameters["factor"])
    if kind == "yarn":
        writer.add_rope_scaling_orig_ctx_len(parameters["original_max_position_embeddings"])
    if kind == "llama3":
        scaled = model.model.rotary_emb.inv_freq.float()
        size = 2 * len(scaled)
        plain = 1 / (parameters["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.float32) / size))
        writer.add_tensor("rope_freqs.weight", (plain / scaled).numpy())


TEMPLATE = "{% for m in messages %}{{ '<s>' + m['role'] + ' ' + m['content'] + '</s>' }}{% endfor %}" \
    "{% if add_generation_prompt %}{{ '<s>assistant ' }}{% endif %}"


def make_model(name, seed):
    torch.manual_seed(seed)
    kind, make, extra = MODELS[name]
    config = make(**GPT2) if extra is None else make(**dict(SIZES, **extra))
    config._attn_implementation = "eager"
    model = kind(config).float().eval()
    randomize(model)
    arch = {"mistral": "llama", "llama-bias": "llama"}.get(name, name)
    writer = gguf.GGUFWriter(path(name), arch)
    writer.add_type("model")
    add_sizes(writer, config, arch)
    if arch != "gpt2":
        add_positions(writer, model, arch)
    if name == "llama":
        add_byte_level(writer, "smollm", byte_level("smollm"), size=config.vocab_size)
        writer.add_chat_template(TEMPLATE)
    add_tensors(writer, model, arch, name)
    finish(writer)
    generator = torch.Generator().manual_seed(seed + 1)
    sequences = [torch.randint(0, config.vocab_size, (n,), generator=generator) for n in (7, 51, 33)]
    parts = []
    with torch.no_grad():
        for ids in sequences:
            log_p = torch.log_softmax(model(input_ids=ids[None]).logits[0, :-1], -1)
            parts.append(log_p.gather(-1, ids[1:, None])[:, 0])
    write(os.path.join(FOLDER, name + ".golden"), {"logprobs": torch.cat(parts)}, {
        "source": f"torch {torch.__version__}, transformers {tf.__version__}",
        "sequences": [{"ids": ids.tolist(), "from": 1, "temperature": 1.0} for ids in sequences]})


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    make_types()
    make_tokens()
    for number, name in enumerate(MODELS):
        make_model(name, 300 + 2 * number)
    for name in sorted(os.listdir(FOLDER)):
        print(f"{name:24} {os.path.getsize(os.path.join(FOLDER, name)):8} bytes")
