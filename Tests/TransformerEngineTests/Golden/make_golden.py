"""Writes Fixtures/llama-*.golden: what PyTorch and transformers compute for tiny random Llama models.

Usage: python make_golden.py   (needs torch, transformers; the files are committed)

Format, little endian: magic "PLYG", u32 version, u32 JSON length, JSON, then float32 arrays. The JSON holds the
shape, the sequences, and for each array its name, dimensions and offset in floats.
"""
import json
import os
import struct

import contextlib

import numpy as np
import torch
import torch.overrides
from transformers import LlamaConfig, LlamaForCausalLM

VERSION = 1
HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, SCALE = 10, 0.7


class Rounded(torch.autograd.Function):
    """A product of bf16 with sums of float32, whose gradients are such products, too."""

    @staticmethod
    def forward(context, a, b):
        a, b = a.bfloat16().float(), b.bfloat16().float()
        context.save_for_backward(a, b)
        return plain_matmul(a, b)

    @staticmethod
    def backward(context, gradient):
        a, b = context.saved_tensors
        gradient = gradient.bfloat16().float()
        return plain_matmul(gradient, b.transpose(-1, -2)), plain_matmul(a.transpose(-1, -2), gradient)


plain_matmul = torch.matmul


class RoundedProducts(torch.overrides.TorchFunctionMode):
    """Rounds what is multiplied, and the rows of an embedding, to bf16. Everything else stays float32."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is torch.nn.functional.linear:
            x, weight = args[0], args[1]
            return Rounded.apply(x.reshape(-1, x.shape[-1]), weight.t()).reshape(*x.shape[:-1], -1)
        if function is torch.matmul:
            return Rounded.apply(*args)
        if function is torch.nn.functional.embedding:
            rows = function(*args, **(kwargs or {}))
            return rows + (rows.bfloat16().float() - rows).detach()
        return function(*args, **(kwargs or {}))


def golden(name, tied, seed, bf16=False, **sizes):
    with RoundedProducts() if bf16 else contextlib.nullcontext():
        write(name, tied, seed, **sizes)


def write(name, tied, seed, **sizes):
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    config = LlamaConfig(
        tie_word_embeddings=tied, attn_implementation="eager", rms_norm_eps=1e-5, initializer_range=0.08,
        max_position_embeddings=64, **sizes)
    model = LlamaForCausalLM(config).float().eval()
    with torch.no_grad():  # norms of one hide mistakes
        for key, p in model.named_parameters():
            if "norm" in key:
                p.uniform_(0.5, 1.5)
    generator = torch.Generator().manual_seed(seed + 1)
    sequences = []
    for length, start, temperature in [(7, 1, 1.0), (19, 5, 1.0), (2, 1, 0.7), (33, 12, 1.3), (51, 50, 1.0)]:
        ids = torch.randint(0, config.vocab_size, (length,), generator=generator)
        sequences.append((ids, start, temperature))
    weights = [torch.randn(len(ids) - start, generator=generator) for ids, start, _ in sequences]
    bends = [torch.randn(len(ids) - start, generator=generator) * 0.1 for ids, start, _ in sequences]
    arrays = {"weight:" + k: p.detach().clone() for k, p in model.named_parameters()}

    def outputs():
        logprobs, entropies = [], []
        for ids, start, temperature in sequences:
            logits = model(input_ids=ids[None]).logits[0, start - 1:-1] / temperature
            log_p = torch.log_softmax(logits, -1)
            logprobs.append(log_p.gather(-1, ids[start:, None])[:, 0])
            entropies.append(-(log_p.exp() * log_p).sum(-1))
        return logprobs, entropies

    def loss():
        logprobs, entropies = outputs()
        return sum((w * l).sum() for w, l in zip(weights, logprobs)) + sum(
            (b * e).sum() for b, e in zip(bends, entropies))

    arrays["logits"] = model(input_ids=sequences[1][0][None]).logits[0].detach()
    logprobs, entropies = outputs()
    arrays["logprobs"], arrays["entropies"] = torch.cat(logprobs).detach(), torch.cat(entropies).detach()
    arrays["dlogprobs"], arrays["dentropies"] = torch.cat(weights), torch.cat(bends)
    value = loss()
    value.backward()
    for key, p in model.named_parameters():
        arrays["gradient:" + key] = p.grad.clone()

    # AdamW on the mean negative log-prob, weight decay on matrices only, gradients scaled and clipped to norm 1
    model.zero_grad()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=3e-3,
        betas=(0.9, 0.95), eps=1e-8)
    losses, norms = [], []
    for _ in range(STEPS):
        logprobs, _ = outputs()
        value = -torch.cat(logprobs).mean()
        losses.append(value.item())
        optimizer.zero_grad()
        (value * SCALE).backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
    arrays["losses"], arrays["norms"] = torch.tensor(losses), torch.tensor(norms)

    index, blobs, offset = [], [], 0
    for key, array in arrays.items():
        data = array.detach().float().contiguous().numpy().astype("<f4")
        index.append({"name": key, "shape": list(data.shape), "offset": offset})
        blobs.append(data.tobytes())
        offset += data.size
    head = json.dumps({
        "source": f"torch {torch.__version__}", "tied": tied, "scale": SCALE, "sizes": sizes,
        "sequences": [{"ids": ids.tolist(), "from": s, "temperature": t} for ids, s, t in sequences],
        "arrays": index}).encode()
    head += b" " * (-len(head) % 4)
    with open(os.path.join(HERE, "..", "Fixtures", f"llama-{name}.golden"), "wb") as file:
        file.write(b"PLYG" + struct.pack("<II", VERSION, len(head)) + head + b"".join(blobs))


golden("tied", True, 1, vocab_size=37, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
       num_key_value_heads=2, head_dim=6, intermediate_size=40)
golden("untied", False, 2, vocab_size=50, hidden_size=30, num_hidden_layers=2, num_attention_heads=6,
       num_key_value_heads=2, head_dim=10, intermediate_size=44)
golden("bf16", True, 3, True, vocab_size=70, hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
       num_key_value_heads=2, head_dim=12, intermediate_size=88)
