"""A server with OpenAI's interface and a model that is a formula, which fails as a plan says.

The argument is a JSON object: flavor ("vllm" or "openai"), model, context, key, seed, port, faults (share of requests), kinds (of
faults), tokenizer (a byte-level tokenizer.json without merges), seeds (false: samples differ each time), template (false: conversations are refused), loads (true: says that it loads weights, and keeps its formula), mode ("raw" or
"cut": what log-probs are of), answers (replies of a prompt that contains a text, by that text: the one that the seed picks, at
temperature 0 the first).

The model: the sample of a prompt with a seed is the text CHECKSUM-SEED, with CHECKSUM the sum of (position + 1) * value
over token ids (of a conversation: bytes of all roles and contents), and SEED modulo 1000003, or 0 at temperature 0. Log-probs are
-(id % 7 + 1) / 8.

GET /counts tells the requests by path. Each fault costs its request nothing else.
"""

import hashlib
import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLAN = {"flavor": "vllm", "model": "stand-in", "context": 4096, "key": "", "seed": 1, "faults": 0, "kinds": [],
        "tokenizer": "", "seeds": True, "loads": False, "port": 0, "template": True, "mode": "raw",
        "answers": {}}
PLAN.update(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
VLLM = PLAN["flavor"] == "vllm"


def alphabet():
    """GPT-2's stand-in for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {}, 0
    for byte in range(256):
        if byte in plain:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return table


IDS, BYTES, EOS = {}, {}, -1
if PLAN["tokenizer"]:
    with open(PLAN["tokenizer"], encoding="utf-8") as file:
        vocabulary = json.load(file)["model"]["vocab"]
    IDS = {byte: vocabulary[text] for byte, text in alphabet().items()}
    BYTES = {number: byte for byte, number in IDS.items()}
    EOS = vocabulary["<eos>"]

LOCK = threading.Lock()
COUNTS = {}
STATE = {"requests": 0, "last": None}


def checksum(values):
    return sum((position + 1) * value for position, value in enumerate(values))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, value, headers=()):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def error(self, status, message):
        self.send(status, {"error": {"message": message, "type": "error", "code": status}})

    def is_allowed(self):
        if not PLAN["key"] or self.headers.get("Authorization") == "Bearer " + PLAN["key"]:
            return True
        self.error(401, "Incorrect API key provided: " + self.headers.get("Authorization", ""))
        return False

    def do_GET(self):
        if self.path == "/counts":
            with LOCK:
                return self.send(200, COUNTS)
        if not self.is_allowed():
            return None
        with LOCK:
            COUNTS[self.path] = COUNTS.get(self.path, 0) + 1
        if self.path == "/v1/models":
            model = {"id": PLAN["model"], "object": "model", "owned_by": "vllm" if VLLM else "somebody"}
            if VLLM:
                model["max_model_len"] = PLAN["context"]
            return self.send(200, {"object": "list", "data": [model, {"id": "other", "owned_by": "somebody"}]})
        if self.path == "/version" and VLLM:
            return self.send(200, {"version": "0.0-stand-in"})
        return self.error(404, "Not Found")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.is_allowed():
            return None
        with LOCK:
            COUNTS[self.path] = COUNTS.get(self.path, 0) + 1
        request = json.loads(body)
        if self.path == "/tokenize" and VLLM:
            return self.send(200, {"tokens": [IDS[byte] for byte in request["prompt"].encode()]})
        if self.path in ("/collective_rpc", "/reset_prefix_cache") and PLAN["loads"]:
            return self.send(200, {"results": [None]})
        if self.path not in ("/v1/completions", "/v1/chat/completions"):
            return self.error(404, "Not Found")
        if request["model"] != PLAN["model"]:
            return self.error(404, f"The model `{request['model']}` does not exist.")
        if "messages" in request and not PLAN["template"]:
            return self.error(400, "As of transformers v4.44, default chat template is no longer allowed, so you must "
                                   "provide a chat template if the tokenizer does not define one.")
        return self.complete(request)

    def complete(self, request):
        with LOCK:
            STATE["requests"] += 1
            number = STATE["requests"]
        fault = self.fault(number)
        if fault == "slow":
            time.sleep(0.3)
        elif fault == "429":
            return self.send(429, {"error": {"message": "slow down"}}, [("Retry-After", "0")])
        elif fault == "503":
            return self.send(503, b"", [("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")])
        elif fault == "500":
            return self.error(500, "an internal error")
        answer, data = self.answer(request, number)
        if fault == "count":
            answer["choices"].append(answer["choices"][0])
            data = json.dumps(answer).encode()
        elif fault == "malformed":
            data = data[:-1]
        elif fault == "utf8":
            data = data.replace(b'"choices"', b'"caf\xc3", "choices"', 1)
        elif fault == "duplicate":
            with LOCK:
                data = STATE["last"] or data[:-1]
        elif fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        else:
            with LOCK:
                STATE["last"] = data
        return self.send(200, data)

    @staticmethod
    def fault(number):
        digest = hashlib.sha256(f"{PLAN['seed']} {number}".encode()).digest()
        if not PLAN["kinds"] or int.from_bytes(digest[:4], "big") >= PLAN["faults"] * 2**32:
            return None
        return PLAN["kinds"][digest[4] % len(PLAN["kinds"])]

    def answer(self, request, number):
        isChat = "messages" in request
        prompt = request.get("prompt")
        if isChat:
            values = [byte for m in request["messages"] for byte in (m["role"] + m["content"]).encode()]
        elif isinstance(prompt, str):
            values = [IDS[byte] for byte in prompt.encode()] if VLLM and IDS else list(prompt.encode())
        else:
            values = prompt
        seed = request.get("seed")
        if seed is None or not PLAN["seeds"]:
            seed = int.from_bytes(os.urandom(6), "big")
        isGreedy = request.get("temperature") == 0
        choices = []
        for index in range(request.get("n", 1)):
            pick = 0 if isGreedy else seed + index
            text = f"{checksum(values)}-{pick % 1000003}"
            asked = bytes(BYTES.get(value, value % 256) for value in values)
            for known, replies in PLAN["answers"].items():
                if known.encode() in asked:
                    text = replies[pick % len(replies)]
            choices.append(self.choice(request, index, text, isChat, values))
        answer = {
            "id": f"cmpl-{number}", "object": "text_completion", "model": PLAN["model"], "choices": choices,
            "usage": {"prompt_tokens": len(values), "completion_tokens": sum(c.pop("count") for c in choices)}}
        return answer, json.dumps(answer).encode()

    @staticmethod
    def choice(request, index, text, isChat, prompt):
        isCut = len(text) + 1 > request["max_tokens"]
        text = text[:request["max_tokens"]] if isCut else text
        choice = {"index": index, "finish_reason": "length" if isCut else "stop", "stop_reason": None,
                  "count": len(text) + (0 if isCut else 1)}
        if isChat:
            choice["message"] = {"role": "assistant", "content": text}
        else:
            choice["text"] = text
        if VLLM and IDS and not isChat:
            ids = [IDS[byte] for byte in text.encode()] + ([] if isCut else [EOS])
            choice["token_ids"] = ids
            choice["prompt_token_ids"] = prompt
            isAlone = PLAN["mode"] == "cut" and request.get("top_k") == 1
            logprobs = [0.0 if isAlone else -(i % 7 + 1) / 8 for i in ids]
            choice["logprobs"] = {"token_logprobs": logprobs, "tokens": [f"token_id:{i}" for i in ids]}
            if request.get("prompt_logprobs") is not None:
                choice["prompt_logprobs"] = [None] + [
                    {str(i): {"logprob": -(i % 7 + 1) / 8, "rank": 1, "decoded_token": ""}} for i in prompt[1:]]
        return choice


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


server = Server(("127.0.0.1", PLAN["port"]), Handler)
print(server.server_address[1], file=sys.stderr, flush=True)
server.serve_forever()
