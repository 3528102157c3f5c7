"""Clients that nobody here wrote, against `polya serve`: the openai package streams from it, and lm_eval gets the same
log-likelihoods through it as from transformers on the same checkpoint.

python3 clients.py POLYA [FOLDER]    FOLDER: a checkpoint in the layout of transformers; a tiny one is made without it
Exits with 77 when a package is missing."""
import json, math, os, pathlib, subprocess, sys, tempfile, time

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
try:
    import datasets, lm_eval, openai, tokenizers, torch, transformers
    from lm_eval.tasks import TaskManager
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

QUESTIONS = [
    ("The capital of France is", ["Paris", "Berlin", "a small village in the mountains"], 0),
    ("Water freezes at zero degrees", ["Celsius", "Fahrenheit", "on a hot day"], 0),
    ("Two plus two is", ["five", "four", "twenty-two"], 1),
    ("The opposite of hot is", ["warm", "cold", "the sun"], 1),
    ("Birds can fly because they have", ["wings", "wheels", "fins and scales"], 0),
    ("The sun rises in the", ["west", "north", "east"], 2),
    ("A week has", ["seven days", "ten days", "no days at all"], 0),
    ("Naïve café – “déjà vu” 日本語:", ["yes", "no", "perhaps"], 2),
]
TASK = """task: local_choice
dataset_path: json
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: choices
doc_to_target: label
metric_list:
  - metric: acc
"""
TEXTS = """task: local_texts
dataset_path: json
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{choices[0]}}}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 12
metric_list:
  - metric: exact_match
"""


def tiny_checkpoint(folder):
    """A random Llama with a byte-level tokenizer trained on the questions."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|end|>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator([q + " " + " ".join(c) for q, c, _ in QUESTIONS], trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|end|>", eos_token="<|end|>")
    fast.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
    fast.save_pretrained(folder)
    torch.manual_seed(5)
    config = transformers.LlamaConfig(
        vocab_size=len(fast), hidden_size=64, intermediate_size=128, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, initializer_range=0.2)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)


def evaluate(folder, model, arguments):
    """Log-likelihoods with whether they are greedy, and greedy texts."""
    began = time.time()
    result = lm_eval.simple_evaluate(
        model=model, model_args=arguments, tasks=["local_choice", "local_texts"], log_samples=True,
        bootstrap_iters=0, task_manager=TaskManager(include_path=str(folder), include_defaults=False))

    def responses(task):
        samples = sorted(result["samples"][task], key=lambda sample: sample["doc_id"])
        return [response for sample in samples for response in sample["filtered_resps"]]

    values = [(float(r[0]), str(r[1]) == "True") for r in responses("local_choice")]
    texts = responses("local_texts")
    print(f"{model}: {len(values)} log-likelihoods, acc {result['results']['local_choice']['acc,none']}, "
          f"{len(texts)} texts, {time.time() - began:.1f} s")
    return values, texts


def same_results(folder, checkpoint, url, name):
    (folder / "choices.jsonl").write_text("".join(
        json.dumps({"question": q, "choices": c, "label": l}) + "\n" for q, c, l in QUESTIONS))
    (folder / "local_choice.yaml").write_text(TASK.format(file=folder / "choices.jsonl"))
    (folder / "local_texts.yaml").write_text(TEXTS.format(file=folder / "choices.jsonl"))
    ours, our_texts = evaluate(folder, "local-completions", f"model={name},base_url={url}/completions,batch_size=4")
    theirs, their_texts = evaluate(folder, "hf", f"pretrained={checkpoint},dtype=float32,device=cpu,batch_size=4")
    assert len(ours) == len(theirs) > 20
    worst = max(abs(a[0] - b[0]) for a, b in zip(ours, theirs))
    greedy = sum(b[1] for b in theirs)
    print(f"largest difference {worst:.2e}; greedy {sum(a[1] for a in ours)} and {greedy}")
    assert worst < 1e-3, list(zip(ours, theirs))
    assert [a[1] for a in ours] == [b[1] for b in theirs]
    assert our_texts == their_texts, (our_texts, their_texts)


def same_stream(url, name):
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    assert [model.id for model in client.models.list()] == [name]
    chat = dict(model=name, messages=[{"role": "user", "content": "What is 2 + 2?"}], max_tokens=24, seed=7, n=2)
    whole = client.chat.completions.create(**chat, logprobs=True, top_logprobs=1)
    parts = [[], []]
    for event in client.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True}):
        for choice in event.choices:
            parts[choice.index].append(choice.delta.content or "")
        usage = event.usage
    texts = [choice.message.content for choice in whole.choices]
    assert ["".join(part) for part in parts] == texts, (parts, texts)
    assert usage.completion_tokens == whole.usage.completion_tokens == sum(
        len(choice.logprobs.content) for choice in whole.choices)
    assert all(len(token.top_logprobs) == 1 for choice in whole.choices for token in choice.logprobs.content)
    text = dict(model=name, prompt="Two plus two is", max_tokens=16, seed=7, stop=["."])
    whole = client.completions.create(**text, logprobs=0).choices[0]
    streamed = "".join(
        event.choices[0].text for event in client.completions.create(**text, stream=True))
    assert streamed == whole.text and math.isfinite(sum(whole.logprobs.token_logprobs))
    try:
        client.completions.create(**text, logit_bias={"1": 5})
        raise AssertionError("logit_bias was accepted")
    except openai.BadRequestError as error:
        assert error.param == "logit_bias" or "logit_bias" in str(error)
    print(f"openai {openai.__version__}: {sum(map(len, parts))} events, {texts[0]!r}")


def main(polya, checkpoint=None):
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        if checkpoint is None:
            checkpoint = folder / "checkpoint"
            tiny_checkpoint(checkpoint)
        server = subprocess.Popen(
            [polya, "serve", "--option", f"folder={checkpoint}", "--port", "0", "--json"],
            stdout=subprocess.PIPE, text=True)
        try:
            ready = json.loads(server.stdout.readline())
            same_stream(ready["url"], ready["model"])
            same_results(folder, checkpoint, ready["url"], ready["model"])
        finally:
            server.terminate()
            assert server.wait() == 0


main(*sys.argv[1:])
