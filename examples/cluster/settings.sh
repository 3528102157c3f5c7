# Sourced by the other scripts: what is different on each cluster. Everything can be set from outside, too.
: "${POLYA:=polya}"                          # the command, on the path of every node
: "${MANIFEST:=$PWD/paper.json5}"
: "${RUNS:=$PWD/runs}"                       # on a file system that all nodes share
: "${MODEL:=meta-llama/Llama-3.2-3B-Instruct}"
: "${REPLICAS:=4}"                           # nodes that sample; each takes an equal share of the questions
# As in the manifest: an address is part of what a stage's result depends on.
: "${SAMPLER_PORT:=8000}" "${TRAINER_PORT:=8001}"
# A sampling server on one node that uses all of its GPUs, and a training server that can use several nodes.
: "${SAMPLER:=vllm serve $MODEL --served-model-name llama --port $SAMPLER_PORT --data-parallel-size ${SLURM_GPUS_ON_NODE:-1}}"
: "${TRAINER:=python -m skyrl.tinker.api --base-model $MODEL --backend fsdp --port $TRAINER_PORT}"

# serve COMMAND PORT PATH: starts a server and waits until PATH answers.
serve() {
  setsid $1 >"$RUNS/server-${SLURM_JOB_ID:-local}-${SLURM_ARRAY_TASK_ID:-0}.log" 2>&1 </dev/null &
  server=$!
  trap 'kill -KILL -- "-$server" 2>/dev/null || true' EXIT
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$2$3"; do
    kill -0 "$server" || { echo "the server ended; see $RUNS/server-*.log" >&2; exit 1; }
    sleep 1
  done
}
