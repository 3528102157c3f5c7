"""A server of the Tinker protocol with a bigram model, as one of the ways in which servers differ wants it.

--batch nothing|sequences|tokens and --by-length: what gradients are divided by. --sign -1, --cap: wrong gradients.
--clips: grad_clip_norm works. --stale: the sampler never gets new weights. --pending N: a result is there
only when it is asked for the N+1st time. --store FILE: checkpoints outlive the server.
"""

import argparse
import gzip
import json
import math
import os
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

arguments = argparse.ArgumentParser()
arguments.add_argument("--vocabulary", type=int, default=300)
arguments.add_argument("--batch", default="nothing")
arguments.add_argument("--by-length", action="store_true")
arguments.add_argument("--sign", type=float, default=1)
arguments.add_argument("--cap", type=float, default=math.inf)
arguments.add_argument("--clips", action="store_true")
arguments.add_argument("--stale", action="store_true")
arguments.add_argument("--pending", type=int, default=0)
arguments.add_argument("--archives", action="store_true")
arguments.add_argument("--store")
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--model", default="bigrams")
options = arguments.parse_args()
busy = [0]
V = options.vocabulary


class Bigrams:
    """Log-probs of the next token, with rows of weights that begin as zeros over fixed ones."""

    base = {}

    def __init__(self):
        self.weights, self.first, self.second, self.rows = {}, {}, {}, {}
        self.gradients, self.steps = {}, 0

    def logits(self, token):
        if token not in Bigrams.base:
            source = random.Random(token)
            Bigrams.base[token] = [source.gauss(0, 1) for _ in range(V)]
        row = self.weights.get(token)
        return Bigrams.base[token] if row is None else [a + b for a, b in zip(Bigrams.base[token], row)]

    def logprobs(self, token):
        if token not in self.rows:
            z = self.logits(token)
            top = max(z)
            total = top + math.log(sum(math.exp(x - top) for x in z))
            self.rows[token] = [x - total for x in z]
        return self.rows[token]

    def scores(self, tokens, targets):
        return [self.logprobs(a)[b] for a, b in zip(tokens, targets)]

    def accumulate(self, data):
        tokens = sum(len(targets) for _, targets, _, _ in data)
        for sequence, targets, old, advantages in data:
            divisor = {"nothing": 1, "sequences": len(data), "tokens": tokens}[options.batch]
            if options.by_length:
                divisor *= len(targets)
            for token, target, before, advantage in zip(sequence, targets, old, advantages):
                if advantage == 0:
                    continue
                logprobs = self.logprobs(token)
                advantage = max(-options.cap, min(options.cap, advantage)) * options.sign
                scale = -math.exp(logprobs[target] - before) * advantage / divisor
                row = self.gradients.setdefault(token, [0.0] * V)
                for j in range(V):
                    row[j] += scale * ((j == target) - math.exp(logprobs[j]))

    def step(self, adam):
        norm = math.sqrt(sum(x * x for row in self.gradients.values() for x in row))
        clip = adam.get("grad_clip_norm") or 0
        scale = clip / norm if options.clips and 0 < clip < norm else 1
        self.steps += 1
        b1, b2 = adam["beta1"], adam["beta2"]
        for token in set(self.gradients) | set(self.first):
            gradient = self.gradients.get(token, [0.0] * V)
            m = self.first.setdefault(token, [0.0] * V)
            v = self.second.setdefault(token, [0.0] * V)
            w = self.weights.setdefault(token, [0.0] * V)
            for j in range(V):
                g = gradient[j] * scale
                m[j] = b1 * m[j] + (1 - b1) * g
                v[j] = b2 * v[j] + (1 - b2) * g * g
                mean = m[j] / (1 - b1**self.steps)
                square = v[j] / (1 - b2**self.steps)
                w[j] -= adam["learning_rate"] * mean / (math.sqrt(square) + adam["eps"])
        self.gradients, self.rows = {}, {}
        return norm

    def state(self):
        names = ("weights", "first", "second")
        return {"steps": self.steps, **{n: {str(k): v for k, v in getattr(self, n).items()} for n in names}}

    @staticmethod
    def of(state):
        model = Bigrams()
        model.steps = state["steps"]
        for name in ("weights", "first", "second"):
            setattr(model, name, {int(k): list(v) for k, v in state[name].items()})
        return model


lock = threading.Lock()
models, samplers, results = {}, {}, {}
stored = json.load(open(options.store)) if options.store and os.path.exists(options.store) else {}
made, asked, beats, polls = [len(stored)], [0], [0], {}


class Refusal(Exception):
    pass


def model(body):
    if body["model_id"] not in models:
        raise Refusal("Model not found")
    return models[body["model_id"]]


def ids(model_input):
    return [token for chunk in model_input["chunks"] for token in chunk["tokens"]]


def datum(row):
    inputs = {name: tensor["data"] for name, tensor in row["loss_fn_inputs"].items()}
    return (ids(row["model_input"]), inputs["target_tokens"], inputs.get("logprobs"), inputs.get("advantages"))


def sample(body):
    weights = samplers[body["model_path"]] if body.get("model_path") else Bigrams()
    prompt, parameters = ids(body["prompt"]), body["sampling_params"]
    # Either strings or ids, never both; of strings, this server knows nothing.
    stops = parameters.get("stop", [])
    assert len({type(stop) for stop in stops}) <= 1
    sequences = []
    for index in range(body["num_samples"]):
        source, last, tokens, logprobs, reason = random.Random(f"{parameters['seed']} {index}"), prompt[-1], [], [], "length"
        while len(tokens) < parameters["max_tokens"]:
            row = weights.logprobs(last)
            last = source.choices(range(V), [math.exp(x) for x in row])[0]
            tokens.append(last)
            logprobs.append(row[last])
            if last in stops:
                reason = "stop"
                break
        sequences.append({"tokens": tokens, "logprobs": logprobs, "stop_reason": reason})
    answer = {"sequences": sequences, "prompt_logprobs": None}
    if body.get("prompt_logprobs"):
        answer["prompt_logprobs"] = weights.scores(prompt, prompt[1:])
    return answer


def perform(path, body):
    if path == "create_model":
        made[0] += 1
        models[f"model_{made[0]}"] = Bigrams()
        return {"model_id": f"model_{made[0]}"}
    if path == "unload_model":
        del models[body["model_id"]]
        return {}
    if path == "forward":
        rows = [datum(row) for row in body["forward_input"]["data"]]
        outputs = [{"logprobs": {"data": model(body).scores(tokens, targets)}} for tokens, targets, _, _ in rows]
        return {"loss_fn_outputs": outputs}
    if path == "forward_backward":
        assert body["forward_backward_input"]["loss_fn"] == "importance_sampling"
        model(body).accumulate([datum(row) for row in body["forward_backward_input"]["data"]])
        return {}
    if path == "optim_step":
        return {"metrics": {"grad_norm": model(body).step(body["adam_params"])}}
    if path == "save_weights_for_sampler":
        name = f"tinker://{body['model_id']}/sampler_weights/{body['path']}"
        old = next((s for n, s in samplers.items() if n.startswith(f"tinker://{body['model_id']}/")), None)
        samplers[name] = old if options.stale and old else Bigrams.of(json.loads(json.dumps(model(body).state())))
        return {"path": name}
    if path == "save_weights":
        name = f"tinker://{body['model_id']}/weights/{body['path']}"
        stored[name] = json.loads(json.dumps(model(body).state()))
        if options.store:
            with open(options.store + ".part", "w") as file:
                json.dump(stored, file)
            os.rename(options.store + ".part", options.store)
        return {"path": name}
    if path == "load_weights":
        if body["path"] not in stored:
            raise Refusal("Checkpoint not found")
        models[body["model_id"]] = Bigrams.of(stored[body["path"]])
        return {}
    if path == "asample":
        return sample(body)
    raise Refusal(f"no path {path}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/api/v1/get_server_capabilities":
            return self.answer(200, {"supported_models": [{"model_name": options.model}]})
        if options.archives and self.path.endswith("/archive"):
            busy[0] += 1
            if busy[0] % 2:
                return self.answer(503, {"detail": "later"})
            parts = self.path.split("/")
            name = f"tinker://{parts[4]}/sampler_weights/{parts[6]}"
            if name not in samplers or len(parts) > 8:
                return self.answer(404, {"detail": "Not Found"})
            self.send_response(302)
            # By another name of this machine: to a client, another server.
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/packed/{parts[4]}/{parts[6]}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if self.path.startswith("/packed/") and self.headers.get("X-API-Key"):
            return self.answer(418, {"detail": "a key that was not for this server"})
        if self.path.startswith("/packed/"):
            body = gzip.compress(json.dumps(samplers["tinker://{}/sampler_weights/{}".format(
                *self.path.split("/")[2:])].state()).encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return self.wfile.write(body)
        if self.path == "/api/v1/healthz":
            return self.answer(200, {"status": "ok"})
        if self.path == "/beats":
            return self.answer(200, beats[0])
        self.answer(404, {"detail": "Not Found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
        path = self.path.removeprefix("/api/v1/")
        with lock:
            if path == "create_session":
                return self.answer(200, {"session_id": "session_1"})
            if path == "session_heartbeat":
                beats[0] += 1
                return self.answer(200, {})
            if path == "retrieve_future":
                count = polls[body["request_id"]] = polls.get(body["request_id"], 0) + 1
                if count <= options.pending:
                    # Both ways in which servers say so.
                    return self.answer(*((408, {"detail": "not yet"}) if count % 2 else (200, {"type": "try_again"})))
                status, result = results.pop(body["request_id"])
                return self.answer(status, result)
            try:
                result = (200, perform(path, body))
            except Refusal as refusal:
                return self.answer(404, {"detail": str(refusal)})
            asked[0] += 1
            request = f"{asked[0]} {path}"
            results[request] = result
            self.answer(200, {"request_id": request})


server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
print(server.server_address[1], file=sys.stderr, flush=True)
server.serve_forever()
