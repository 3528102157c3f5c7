"""SkyRL's Tinker server with a tiny model of random weights, on the CPU: FOLDER PORT. Prints `ready` when it answers.

SkyRL starts its engine by a package manager and asks for a newer Python; here, the engine is a process of this interpreter.
"""

import os
import sys
import threading
import time
import typing
import urllib.request

import typing_extensions

typing.TypedDict = typing_extensions.TypedDict
typing.override = typing_extensions.override


def make_model(folder, tokenizer):
    import torch
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(1)
    config = Qwen3Config(
        vocab_size=258, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=512, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=256,
    )
    Qwen3ForCausalLM(config).to(torch.float32).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_file=tokenizer, eos_token="<eos>", pad_token="<pad>").save_pretrained(folder)


def serve(folder, port):
    import uvicorn
    from skyrl.tinker import api
    from skyrl.tinker.config import EngineConfig, config_to_argv

    def engine(_, config):
        return [sys.executable, __file__, "engine", *config_to_argv(config)]

    api._build_uv_run_cmd_engine = engine
    api.app.state.engine_config = EngineConfig(
        base_model=f"{folder}/model", backend="jax", checkpoints_base=f"{folder}/checkpoints",
        database_url=f"sqlite:///{folder}/tinker.db", backend_config={"max_lora_adapters": 8, "max_lora_rank": 16},
    )

    def announce():
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/healthz").read()
                return print("ready", flush=True)
            except OSError:
                time.sleep(0.2)

    threading.Thread(target=announce, daemon=True).start()
    uvicorn.run(api.app, host="127.0.0.1", port=port, log_level="warning")


if sys.argv[1] == "engine":
    import runpy

    sys.argv = ["skyrl.tinker.engine", *sys.argv[2:]]
    runpy.run_module("skyrl.tinker.engine", run_name="__main__")
else:
    folder, port, tokenizer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if not os.path.exists(f"{folder}/model/config.json"):
        make_model(f"{folder}/model", tokenizer)
    serve(folder, port)
