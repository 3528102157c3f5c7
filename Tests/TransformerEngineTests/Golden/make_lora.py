"""Writes Fixtures/lora/: adapters of Fixtures/checkpoints/qwen2 as PEFT stores them, and in `expected.golden` log-probs,
gradients of the adapters, and their values after five steps of AdamW.

Usage: python make_lora.py   (needs torch, transformers, peft; after make_architectures.py)
"""
import os
import shutil

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from make_architectures import FOLDER, write

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "Fixtures", "lora")

torch.manual_seed(7)
base = AutoModelForCausalLM.from_pretrained(os.path.join(FOLDER, "qwen2"), attn_implementation="eager").float()
model = get_peft_model(base, LoraConfig(
    r=2, lora_alpha=3, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM"))
model.eval()
adapters = {k: p for k, p in model.named_parameters() if p.requires_grad}
with torch.no_grad():
    for key, p in adapters.items():
        p.normal_(0, 0.2)
generator = torch.Generator().manual_seed(8)
sequences = [(torch.randint(0, 41, (n,), generator=generator), s, t) for n, s, t in [(19, 5, 1.0), (33, 12, 1.3), (7, 1, 1.0)]]


def logprobs():
    parts = []
    for ids, start, temperature in sequences:
        log_p = torch.log_softmax(model(input_ids=ids[None]).logits[0, start - 1:-1] / temperature, -1)
        parts.append(log_p.gather(-1, ids[start:, None])[:, 0])
    return torch.cat(parts)


shutil.rmtree(TARGET, ignore_errors=True)
model.save_pretrained(TARGET)
for name in os.listdir(TARGET):
    if name not in ("adapter_config.json", "adapter_model.safetensors"):
        os.remove(os.path.join(TARGET, name))
config = os.path.join(TARGET, "adapter_config.json")
with open(config) as file:  # where the checkpoint lies is for the test to say
    text = file.read().replace(os.path.join(FOLDER, "qwen2"), "BASE")
with open(config, "w") as file:
    file.write(text)
arrays = {"logprobs": logprobs().detach()}
arrays["dlogprobs"] = torch.randn(len(arrays["logprobs"]), generator=generator)
(arrays["dlogprobs"] * logprobs()).sum().backward()


def stored(key):
    return key.replace(".default", "")


for key, p in adapters.items():
    arrays["gradient:" + stored(key)] = p.grad.clone()
optimizer = torch.optim.AdamW(adapters.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
for _ in range(5):
    optimizer.zero_grad()
    (-logprobs().mean()).backward()
    torch.nn.utils.clip_grad_norm_(adapters.values(), 1.0)
    optimizer.step()
for key, p in adapters.items():
    arrays["after:" + stored(key)] = p.detach()
write(os.path.join(TARGET, "expected.golden"), arrays, {
    "source": f"torch {torch.__version__}",
    "sequences": [{"ids": ids.tolist(), "from": s, "temperature": t} for ids, s, t in sequences]})
