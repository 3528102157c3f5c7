"""Writes Fixtures/adapters/NAME/: adapters of Fixtures/checkpoints/BASE as PEFT stores them, with all that its
configuration allows, and in `expected.golden` the log-probs that it computes with them.

Usage: python make_adapters.py [NAME...]   (needs torch, transformers, peft; after make_architectures.py)
"""
import os
import shutil
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from make_architectures import FOLDER, write

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "Fixtures", "adapters")
CASES = {
    # Some layers, some modules.
    "layers": ("qwen2", dict(target_modules=["q_proj", "down_proj"], layers_to_transform=[1], layers_pattern="layers")),
    "expression": ("llama2", dict(target_modules=r"model\.layers\.(0\..*(q|v)|1\.mlp\.up)_proj")),
    # Ranks and scales of their own.
    "patterns": ("llama2", dict(
        target_modules=["q_proj", "up_proj", "down_proj"], use_rslora=True,
        rank_pattern={"q_proj": 3, r".*\.1\.mlp\.(up|down)_proj": 1},
        alpha_pattern={"layers.1.self_attn.q_proj": 7, "^model.layers.0.mlp.down_proj": 5, "proj": 0.5})),
    "dora": ("qwen2", dict(target_modules=["q_proj", "v_proj", "down_proj"], use_dora=True)),
    "dora-gpt2": ("gpt2", dict(target_modules=["c_attn", "c_proj"], use_dora=True, fan_in_fan_out=True)),
    # Whole modules, also where embedding and output matrix were one.
    "norms-and-head": ("llama2", dict(target_modules=["q_proj"], modules_to_save=["norm", "lm_head"])),
    "tied-head": ("qwen2", dict(target_modules=["q_proj"], modules_to_save=["lm_head"])),
    "tied-embedding": ("qwen2", dict(target_modules=["q_proj"], modules_to_save=["embed_tokens"])),
    "head": ("llama2", dict(target_modules=["o_proj", "lm_head"])),
    "lora-of-tied-head": ("qwen2", dict(target_modules=["o_proj", "lm_head"])),
    # Names as in the model's state, with the adapter's own name.
    "named": ("qwen2", dict(target_modules=["k_proj"])),
}


def golden(name, base, options, seed):
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(os.path.join(FOLDER, base), attn_implementation="eager").float()
    model = get_peft_model(model, LoraConfig(**dict(dict(r=2, lora_alpha=3, task_type="CAUSAL_LM"), **options))).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if "magnitude" in key:
                p.mul_(torch.empty_like(p).uniform_(0.5, 1.5))
            elif "lora_" in key:
                p.normal_(0, 0.2)
            elif p.requires_grad:
                p.add_(torch.empty_like(p).normal_(0, 0.1))
    generator = torch.Generator().manual_seed(seed + 1)
    sequences = [(torch.randint(0, 41, (n,), generator=generator), s, t) for n, s, t in [(19, 5, 1.0), (33, 12, 1.3), (7, 1, 1.0)]]
    parts = []
    with torch.no_grad():
        for ids, start, temperature in sequences:
            log_p = torch.log_softmax(model(input_ids=ids[None]).logits[0, start - 1:-1] / temperature, -1)
            parts.append(log_p.gather(-1, ids[start:, None])[:, 0])
    folder = os.path.join(TARGET, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    if name == "named":
        state = {k: v.contiguous() for k, v in model.state_dict().items() if "lora_" in k}
        save_file(state, os.path.join(folder, "adapter_model.safetensors"))
    for file in os.listdir(folder):
        if file not in ("adapter_config.json", "adapter_model.safetensors"):
            os.remove(os.path.join(folder, file))
    config = os.path.join(folder, "adapter_config.json")
    with open(config) as file:  # where the checkpoints lie is for the test to say
        text = file.read().replace(os.path.join(FOLDER, base), base)
    with open(config, "w") as file:
        file.write(text)
    write(os.path.join(folder, "expected.golden"), {"logprobs": torch.cat(parts)}, {
        "source": f"torch {torch.__version__}",
        "sequences": [{"ids": ids.tolist(), "from": s, "temperature": t} for ids, s, t in sequences]})
    print(name, sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))


if __name__ == "__main__":
    for number, (name, (base, options)) in enumerate(CASES.items()):
        if name in sys.argv[1:] or len(sys.argv) == 1:
            golden(name, base, options, 300 + 2 * number)
