"""Log-probs that transformers (and PEFT) compute for stored checkpoints.

Usage: python score_stored.py FOLDER...   (reads FOLDER/sequences.json; prints a JSON list per folder)
"""
import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM

for folder in sys.argv[1:]:
    adapter = os.path.join(folder, "adapter_config.json")
    if os.path.exists(adapter):
        from peft import PeftModel
        with open(adapter) as file:
            base = json.load(file)["base_model_name_or_path"]
        model = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager", dtype=torch.float32)
        model = PeftModel.from_pretrained(model, folder)
    else:
        model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    model.eval()
    with open(os.path.join(folder, "sequences.json")) as file:
        sequences = json.load(file)
    result = []
    with torch.no_grad():
        for ids in sequences:
            ids = torch.tensor(ids)
            log_p = torch.log_softmax(model(input_ids=ids[None]).logits[0, :-1], -1)
            result += log_p.gather(-1, ids[1:, None])[:, 0].tolist()
    print(json.dumps(result))
