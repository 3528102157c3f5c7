"""Writes Fixtures/checkpoints/NAME/: random tiny models of each architecture as transformers stores them, and in
`expected.golden` what it computes for them: logits, log-probs, entropies and every gradient.

Usage: python make_architectures.py [NAME...]   (needs torch, transformers; the files are committed)

The format of .golden files is that of make_golden.py, without weights.
"""
import json
import os
import shutil
import struct
import sys

import torch
import transformers as tf

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "Fixtures", "checkpoints")
SIZES = dict(vocab_size=41, hidden_size=24, num_hidden_layers=2, intermediate_size=36,
             max_position_embeddings=64, initializer_range=0.08)
GROUPED = dict(num_attention_heads=4, num_key_value_heads=2)
ROPE = {"llama3": dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                       original_max_position_embeddings=32),
        "linear": dict(rope_type="linear", rope_theta=10000.0, factor=2.0),
        "yarn": dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16)}
LLAMA3 = dict(SIZES, **GROUPED, rope_parameters=ROPE["llama3"], tie_word_embeddings=True)
LLAMA3["max_position_embeddings"] = 4096
QWEN2 = dict(SIZES, **GROUPED, tie_word_embeddings=True)
# No padding token: transformers drops the gradient of its embedding.
SCALE = dict(pad_token_id=None, query_pre_attn_scalar=11, head_dim=8, sliding_window=16)
SMALL = dict(vocab_size=41, hidden_size=16, intermediate_size=20, max_position_embeddings=64, initializer_range=0.1)
NO_TOKENS = dict(pad_token_id=None, bos_token_id=None, eos_token_id=2)
LONG_ROPE = dict(rope_type="longrope", short_factor=[1.0, 1.5, 2.0], long_factor=[1.2, 4.0, 5.0], partial_rotary_factor=0.75)
FOUR = dict(num_hidden_layers=4, hidden_size=20, intermediate_size=28)


def llama(**kw):
    return tf.LlamaForCausalLM, tf.LlamaConfig(**dict(dict(SIZES, num_attention_heads=4, num_key_value_heads=4), **kw))


MODELS = {
    "llama2": lambda: llama(tie_word_embeddings=False),
    "llama3": lambda: (tf.LlamaForCausalLM, tf.LlamaConfig(**LLAMA3)),
    "llama-linear": lambda: llama(rope_parameters=ROPE["linear"]),
    "llama-yarn": lambda: llama(rope_parameters=ROPE["yarn"]),
    "llama-bias": lambda: llama(attention_bias=True, mlp_bias=True),
    "smollm": lambda: llama(num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=True),
    "mistral": lambda: (tf.MistralForCausalLM, tf.MistralConfig(**SIZES, **GROUPED, sliding_window=16)),
    "mistral-full": lambda: (tf.MistralForCausalLM, tf.MistralConfig(**SIZES, **GROUPED, head_dim=10, sliding_window=None)),
    "qwen2": lambda: (tf.Qwen2ForCausalLM, tf.Qwen2Config(**QWEN2)),
    "qwen2-window": lambda: (tf.Qwen2ForCausalLM, tf.Qwen2Config(
        **QWEN2, use_sliding_window=True, sliding_window=12, max_window_layers=1)),
    "qwen3": lambda: (tf.Qwen3ForCausalLM, tf.Qwen3Config(**SIZES, **GROUPED, head_dim=10, tie_word_embeddings=False)),
    "gemma2": lambda: (tf.Gemma2ForCausalLM, tf.Gemma2Config(
        **SIZES, **GROUPED, **SCALE, attn_logit_softcapping=1.5, final_logit_softcapping=2.0)),
    "gemma3": lambda: (tf.Gemma3ForCausalLM, tf.Gemma3TextConfig(
        **dict(SIZES, **GROUPED, **SCALE, **FOUR), layer_types=["sliding_attention"] * 2 + ["full_attention", "sliding_attention"],
        rope_parameters={"sliding_attention": dict(rope_type="default", rope_theta=100.0),
                         "full_attention": dict(rope_type="linear", rope_theta=5000.0, factor=2.0)})),
    "phi3": lambda: (tf.Phi3ForCausalLM, tf.Phi3Config(
        **SIZES, **GROUPED, pad_token_id=None, bos_token_id=1, eos_token_id=2, sliding_window=None)),
    "gpt2": lambda: (tf.GPT2LMHeadModel, tf.GPT2Config(
        vocab_size=41, n_embd=24, n_layer=2, n_head=4, n_positions=64, attn_pdrop=0.0, embd_pdrop=0.0,
        resid_pdrop=0.0, initializer_range=0.08, bos_token_id=0, eos_token_id=0)),
    "bf16": lambda: (tf.LlamaForCausalLM, tf.LlamaConfig(**LLAMA3)),
    "f16": lambda: (tf.LlamaForCausalLM, tf.LlamaConfig(**LLAMA3)),
    "sharded": lambda: (tf.Qwen2ForCausalLM, tf.Qwen2Config(**QWEN2)),
    "long": lambda: (tf.LlamaForCausalLM, tf.LlamaConfig(**LLAMA3)),
    # Layers with and without positions, one of these with a window.
    "smollm3": lambda: (tf.SmolLM3ForCausalLM, tf.SmolLM3Config(
        **SMALL, **GROUPED, **NO_TOKENS, num_hidden_layers=3, no_rope_layers=[1, 0, 0], use_sliding_window=True,
        sliding_window=12, layer_types=["full_attention", "sliding_attention", "full_attention"])),
    "olmo2": lambda: (tf.Olmo2ForCausalLM, tf.Olmo2Config(**SMALL, **GROUPED, **NO_TOKENS, num_hidden_layers=2)),
    "olmo3": lambda: (tf.Olmo3ForCausalLM, tf.Olmo3Config(
        **SMALL, **GROUPED, **NO_TOKENS, num_hidden_layers=2, sliding_window=12,
        layer_types=["sliding_attention", "full_attention"], rope_parameters={
            "sliding_attention": dict(rope_type="default", rope_theta=10000.0), "full_attention": dict(ROPE["yarn"])})),
    # A part of each head is rotated, with a factor for each pair: Phi-4-mini's. Nothing is longer than the original.
    "phi3-long": lambda: (tf.Phi3ForCausalLM, tf.Phi3Config(
        **dict(SMALL, max_position_embeddings=512), **NO_TOKENS, num_attention_heads=2, num_key_value_heads=1,
        num_hidden_layers=2, sliding_window=None, tie_word_embeddings=True, original_max_position_embeddings=64, rope_parameters=dict(LONG_ROPE, rope_theta=10000.0))),
}
# The spelling of transformers 4 for what newer versions write as rope_parameters.
OLD_ROPE = {
    "llama3": {"rope_theta": 10000.0, "rope_scaling": {k: v for k, v in ROPE["llama3"].items() if k != "rope_theta"}},
    "llama-yarn": {"rope_theta": 10000.0, "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}},
    "gemma3": {"rope_theta": 5000.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0}, "rope_local_base_freq": 100.0},
    "mistral": {"rope_theta": 10000.0},
    "qwen2-window": {"rope_theta": 10000.0},
    "olmo3": {"rope_theta": 10000.0, "rope_scaling": {k: v for k, v in ROPE["yarn"].items() if k != "rope_theta"}},
    "phi3-long": {"rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                  "rope_scaling": {"type": "su", "short_factor": [1.0, 1.5, 2.0], "long_factor": [1.2, 4.0, 5.0]}},
}
# Without the list of layers, which older files lack: the pattern decides.
OLD_LAYERS = {"gemma3": {"sliding_window_pattern": 3}, "qwen2-window": {}}


def randomize(model):
    with torch.no_grad():
        for key, p in model.named_parameters():
            if "norm" in key or ".ln_" in key:
                if key.endswith("weight"):  # norms of one hide mistakes; Gemma adds one
                    p.uniform_(-0.5, 0.5) if "Gemma" in type(model).__name__ else p.uniform_(0.5, 1.5)
            if key.endswith("bias"):
                p.uniform_(-0.3, 0.3)


def write(path, arrays, head):
    index, blobs, offset = [], [], 0
    for key, array in arrays.items():
        data = array.detach().float().contiguous().numpy().astype("<f4")
        index.append({"name": key, "shape": list(data.shape), "offset": offset})
        blobs.append(data.tobytes())
        offset += data.size
    head = json.dumps(dict(head, arrays=index)).encode()
    head += b" " * (-len(head) % 4)
    with open(path, "wb") as file:
        file.write(b"PLYG" + struct.pack("<II", 1, len(head)) + head + b"".join(blobs))


def golden(name, seed):
    torch.manual_seed(seed)
    kind, config = MODELS[name]()
    config._attn_implementation = "eager"
    model = kind(config).float().eval()
    randomize(model)
    if name in ("bf16", "f16"):  # expected values are those of the rounded weights in float32
        half = torch.bfloat16 if name == "bf16" else torch.float16
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p.to(half).float())
    generator = torch.Generator().manual_seed(seed + 1)
    plan = [(2048, 2000, 1.0)] if name == "long" else [
        (7, 1, 1.0), (19, 5, 1.0), (2, 1, 0.7), (33, 12, 1.3), (51, 50, 1.0)]
    sequences = [(torch.randint(0, config.vocab_size, (n,), generator=generator), s, t) for n, s, t in plan]
    arrays = {}
    logprobs, entropies = [], []
    for index, (ids, start, temperature) in enumerate(sequences):
        logits = model(input_ids=ids[None]).logits[0]
        if index == 1:
            arrays["logits"] = logits.detach()
        log_p = torch.log_softmax(logits[start - 1:-1] / temperature, -1)
        logprobs.append(log_p.gather(-1, ids[start:, None])[:, 0])
        entropies.append(-(log_p.exp() * log_p).sum(-1))
    logprobs, entropies = torch.cat(logprobs), torch.cat(entropies)
    arrays["logprobs"], arrays["entropies"] = logprobs.detach(), entropies.detach()
    arrays["dlogprobs"] = torch.randn(len(logprobs), generator=generator)
    arrays["dentropies"] = torch.randn(len(logprobs), generator=generator) * 0.1
    ((arrays["dlogprobs"] * logprobs).sum() + (arrays["dentropies"] * entropies).sum()).backward()
    for key, p in model.named_parameters():
        arrays["gradient:" + key] = p.grad.clone()
    folder = os.path.join(FOLDER, name)
    shutil.rmtree(folder, ignore_errors=True)
    stored = model.to({"bf16": torch.bfloat16, "f16": torch.float16}.get(name, torch.float32))
    stored.save_pretrained(folder, max_shard_size="20KB" if name == "sharded" else "1GB")
    os.remove(os.path.join(folder, "generation_config.json"))
    if name in OLD_ROPE:
        with open(os.path.join(folder, "config.json")) as file:
            old = json.load(file)
        del old["rope_parameters"]
        if name in OLD_LAYERS:
            del old["layer_types"]
            old.update(OLD_LAYERS[name])
        with open(os.path.join(folder, "config.v4.json"), "w") as file:
            json.dump(dict(old, **OLD_ROPE[name]), file, indent=2)
    write(os.path.join(folder, "expected.golden"), arrays, {
        "source": f"torch {torch.__version__}, transformers {tf.__version__}",
        "sequences": [{"ids": ids.tolist(), "from": s, "temperature": t} for ids, s, t in sequences]})
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(f"{name:14} {size:8} bytes, {len(os.listdir(folder))} files")


if __name__ == "__main__":
    for number, name in enumerate(MODELS):
        if name in sys.argv[1:] or len(sys.argv) == 1:
            golden(name, 100 + 2 * number)
