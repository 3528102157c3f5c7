"""What no client should send, against a `polya serve` at PORT: garbage, half requests, cut connections, crowds. Says what
went wrong, and exits with 1 if anything did."""
import concurrent.futures, http.client, json, random, socket, sys, time

PORT = int(sys.argv[1])
PATHS = ["/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"]
GOOD = json.dumps({"prompt": "ab", "max_tokens": 4, "seed": 1}).encode()
problems = []


def connect():
    return socket.create_connection(("127.0.0.1", PORT), timeout=60)


def ask(path, body, **headers):
    """Status and body; None for a connection that was closed instead."""
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    try:
        client.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = client.getresponse()
        return answer.status, answer.read()
    except (ConnectionError, http.client.HTTPException):
        return None, b""
    finally:
        client.close()


def expect(what, condition, found):
    if not condition:
        problems.append(f"{what}: {found!r}"[:300])


def is_alive(what):
    """The server may be busy for a while with requests whose clients are gone."""
    for _ in range(600):
        status, body = ask("/v1/completions", GOOD)
        if status != 503:
            break
        time.sleep(0.1)
    expect(f"after {what}", status == 200, (status, body))


def bodies(rng):
    yield from (b"", b"\0", b"\xff\xfe", b"null", b"[]", b"1e999", b'"', b"{", b'{"prompt"', b'{"prompt":"\\ud800"}')
    yield from (b"[" * 100_000, b'{"a":' * 50_000, b'{"prompt":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    yield b'{"prompt":"' + b"\xc3" * 1000 + b'"}'
    yield b'{"messages":' + b'[{"role":"user","content":' * 200 + b"1" + b"}]" * 200 + b"}"
    yield json.dumps({"prompt": "a" * 900_000}).encode()
    yield json.dumps({"prompt": [[1]] * 100_000}).encode()
    yield json.dumps({"prompt": "a", "stop": ["b"] * 100_000}).encode()
    yield json.dumps({f"key{i}": i for i in range(30_000)}).encode()
    for key in ("max_tokens", "n", "seed", "temperature", "top_k", "logprobs"):
        for value in (b"-9223372036854775808", b"9223372036854775807", b"1e308", b"-0.0", b'"1"', b"[[]]", b"{}", b"true"):
            yield b'{"prompt":"a","max_tokens":1,"%s":%s}' % (key.encode(), value) if key != "max_tokens" else (
                b'{"prompt":"a","max_tokens":%s}' % value)
    for _ in range(200):
        body = bytearray(GOOD)
        for _ in range(rng.randrange(1, 4)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        yield bytes(body)
    for size in (10, 1000, 100_000):
        yield rng.randbytes(size)


def garbage_bodies():
    for body in bodies(random.Random(1)):
        for path in PATHS:
            status, answer = ask(path, body)
            expect(f"{path} {body[:60]}", status in (200, 400, 404), (status, answer))
            if status is not None:
                json.loads(answer)


def raw(data, wait=True):
    """Sends bytes; gives the first line of what comes back."""
    with connect() as client:
        try:
            client.sendall(data)
            if not wait:
                return b""
            client.shutdown(socket.SHUT_WR)
            # The server may wait for the rest, as long as a connection may be idle.
            client.settimeout(1)
            return client.recv(1 << 16).split(b"\r\n")[0]
        except OSError:
            return b""


def head(length, *lines, path="/v1/completions"):
    rows = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {length}", *lines]
    return "\r\n".join(rows).encode() + b"\r\n\r\n"


def garbage_heads():
    rng = random.Random(2)
    for data in (
        b"", b"\r\n\r\n", b"GET", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + rng.randbytes(200), rng.randbytes(5000),
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"GET /%00%ff/../.. HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/completions HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        head(-1) + GOOD, head("1e3") + GOOD, head(10**30) + GOOD, head(10**12) + GOOD, head(0),
        head(10**12, "Expect: 100-continue"), head(5) + GOOD,
        head(len(GOOD), "Transfer-Encoding: chunked") + b"zz\r\n" + GOOD,
        head(len(GOOD), f"Content-Length: {len(GOOD) + 1}") + GOOD,
        head(len(GOOD), "Authorization: Bearer " + "x" * 20_000) + GOOD,
    ):
        raw(data)
        raw(data, wait=False)


def cut_connections():
    """Clients that go away with their request sent, half sent, or waiting."""
    long = json.dumps({"prompt": "ab", "max_tokens": 400, "n": 8}).encode()
    for _ in range(20):
        raw(head(len(long)) + long, wait=False)
        raw(head(len(long)) + long[:10], wait=False)
        with connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(head(len(long)) + long)


def crowd():
    """All at once: each is served or told to come again."""
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: ask("/v1/completions", GOOD), range(100)))
    statuses = [status for status, _ in answers]
    expect("crowd", set(statuses) <= {200, 503} and 200 in statuses, statuses)
    expect("equal answers", len({json.loads(b)["choices"][0]["text"] for s, b in answers if s == 200}) == 1, "differ")


def large_crowd():
    """Bodies of the largest size, all at once, half of them never finished."""
    body = json.dumps({"prompt": [0] * 290_000}).encode()
    halves = [connect() for _ in range(40)]
    for client in halves:
        client.sendall(head(len(body)) + body[: len(body) // 2])
    time.sleep(0.5)
    status, answer = ask("/v1/completions", GOOD)
    expect("busy", status == 503 and b"server_busy" in answer, (status, answer))
    health = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    health.request("GET", "/health")
    expect("health of a busy server", health.getresponse().status == 200, "not 200")
    for client in halves:
        client.close()
    time.sleep(0.5)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = [status for status, _ in pool.map(lambda _: ask("/v1/completions", body), range(40))]
    expect("large crowd", set(statuses) <= {400, 503, None} and 400 in statuses, statuses)


for attack in (garbage_bodies, garbage_heads, cut_connections, crowd, large_crowd):
    began = time.time()
    attack()
    is_alive(attack.__name__)
    print(f"{attack.__name__}: {time.time() - began:.1f} s")
print("\n".join(problems))
sys.exit(1 if problems else 0)
