# Sourced by engines.sh: SkyRL's Tinker server trains and samples on the CPU; both sides are killed in the middle.
environment skyrl 'skyrl[tinker,jax]==0.3.0'
cat >bytes.json5 <<'MANIFEST'
{ polya: 1, run: { name: "bytes" },
  plugins: { fresh: { use: "polya.transformer", options: { shape: "tiny" } }, words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" } },
  tasks: { stories: { from: "words", split: "corpus", count: 2 } },
  stages: { corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 2 }, base: { kind: "train", model: "fresh", data: "corpus" } } }
MANIFEST
"$POLYA" run bytes.json5 --runs bytes
serve_skyrl() {
  start_server "$python" "$root/Tests/engines/skyrl_server.py" "$work" "$port" \
    "$(echo "$work"/bytes/bytes/stages/base-*/checkpoint/tokenizer.json)"
  until [[ $(grep -c '^ready$' server.log) -ge $1 ]]; do still_starts; done
}
cat >far.json5 <<MANIFEST
{ polya: 1, run: { name: "far", seed: 5, "max-unscored": 1, "checkpoint-minutes": 0 },
  plugins: {
    policy: { use: "polya.tinker", options: { url: "http://127.0.0.1:$port", model: "$work/model", folder: "model", "lora-rank": 8, export: true } },
    words: { use: "polya.word-arithmetic", options: { numbers: "small" } }, ways: { use: "polya.plain" },
    answer: { use: "polya.math-answer" },
    letters: { use: "polya.python-reward", options: { file: "letters.py" } } },
  tasks: { stories: { from: "words", split: "corpus", count: 16 }, train: { from: "words", split: "train", count: 4 },
           test: { from: "words", split: "test", count: 3 } },
  stages: {
    candidates: { kind: "bootstrap", model: "policy", tasks: "train", strategies: ["ways"], samples: 2, "max-tokens": 16, verify: "answer" },
    corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 16 },
    base: { kind: "train", model: "policy", data: "corpus", "batch-size": 8, epochs: 4, "learning-rate": 0.03 },
    rl: { kind: "reinforce", model: "base", tasks: "train", steps: 8, rewards: [{ use: "letters" }],
          "prompts-per-step": 2, "group-size": 8, "max-tokens": 16, "learning-rate": 0.02 },
    scores: { kind: "evaluate", models: ["policy", "rl"], tasks: ["test"], verify: "answer", samples: 2, "max-tokens": 8 } } }
MANIFEST

serve_skyrl 1
"$POLYA" run far.json5 --runs whole --verbose >&2
less "$(value loss/mean 7 whole/far)" "$(value loss/mean 0 whole/far)"
less "$(value reward/mean 0 whole/far)" "$(value reward/mean 7 whole/far)"

"$POLYA" run far.json5 --runs killed >/dev/null 2>&1 &
until compgen -G "killed/far/stages/.part-rl-*/.progress-*/model/tinker.json" >/dev/null; do
  kill -0 $! || exit 1
  sleep 0.1
done
kill -9 $!
stop_server
serve_skyrl 2
"$POLYA" run far.json5 --runs killed
cmp whole/far/results.json killed/far/results.json
# The adapters as the server packs them, in polya.transformer.
tar --extract --gzip --file whole/far/stages/rl-*/checkpoint/adapter.tar.gz --one-top-level=adapter
"$POLYA" model info --option folder=adapter --option base=model >&2
echo "SkyRL: loss $(value loss/mean 0 whole/far) to $(value loss/mean 7 whole/far), reward $(value reward/mean 0 whole/far) to" \
  "$(value reward/mean 7 whole/far); killed on both sides, the same results"
