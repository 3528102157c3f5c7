"""The models of the manifest that the option 'models' names. Follows loading.py."""
import threading


class Model:
    """Asked through the plugin while a call of the user's code lasts; calls wait for each other."""

    def __init__(self, control, lock, name):
        self.control, self.lock, self.name = control, lock, name

    def ask(self, function, **arguments):
        with self.lock:
            send(self.control, {"ask": {"model": self.name, "function": function, **arguments}})
            answer = receive(self.control)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["given"]

    def encode(self, texts):
        """Token ids of texts, without special tokens."""
        return self.ask("encode", texts=list(texts))

    def render(self, chats):
        """Token ids of a prompt for each conversation: a list of {"role", "content"}."""
        return self.ask("render", chats=[[dict(message) for message in chat] for chat in chats])

    def generate(self, prompts, samples=1, max_tokens=256, temperature=1.0, top_p=1.0, top_k=0, seed=0, stop=()):
        """For each prompt (token ids) a list of samples: {"text", "tokens", "logprobs", "finish"}."""
        numbers = {"samples": samples, "max_tokens": max_tokens, "temperature": float(temperature),
                   "top_p": float(top_p), "top_k": top_k, "seed": seed, "stop": list(stop)}
        flat = self.ask("generate", prompts=[list(prompt) for prompt in prompts], **numbers)
        return [flat[at : at + samples] for at in range(0, len(flat), samples)]

    def score(self, sequences, temperature=1.0):
        """Log-probs of the tail of each (token ids, where the tail starts)."""
        pairs = [{"tokens": list(tokens), "from": start} for tokens, start in sequences]
        return self.ask("score", sequences=pairs, temperature=float(temperature))


def lent(control, settings):
    lock = threading.Lock()
    return {name: Model(control, lock, name) for name in settings["models"]}
