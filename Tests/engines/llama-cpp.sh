# Sourced by engines.sh: llama.cpp's server, built from the sources that llama-cpp-python carries, samples SmolLM2.
environment llama-cpp cmake ninja scikit-build-core numpy torch transformers sentencepiece
smollm
sources=$root/.build-engines/llama-cpp/sources
built=$root/.build-engines/llama-cpp/llama-server
if [[ ! -x $built ]]; then
  "$python" -m pip download --quiet --disable-pip-version-check --no-binary :all: --no-deps --no-build-isolation \
    --dest "$work" llama-cpp-python==0.3.36 >&2
  mkdir -p "$sources"
  tar --extract --file "$work"/llama_cpp_python-*.tar.gz --directory "$sources" --strip-components 1
  PATH=$(dirname "$python"):$PATH
  cmake -S "$sources/vendor/llama.cpp" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF >&2
  cmake --build "$work/build" --target llama-server >&2
  cp "$work/build/bin/llama-server" "$built"
fi
PYTHONPATH=$sources/vendor/llama.cpp/gguf-py "$python" "$sources/vendor/llama.cpp/convert_hf_to_gguf.py" "$smollm" \
  --outtype f32 --outfile float.gguf >&2
start_server "$built" -m float.gguf --host 127.0.0.1 --port "$port" -c 8192 -np 8 --alias smol
wait_for "http://127.0.0.1:$port/health"
# The server keeps keys and values in 16 bits.
limit=0.01
figures=$(compare "url=[\"http://127.0.0.1:$port\"]" model=smol "folder=$smollm")
cat >stages.json5 <<MANIFEST
{ polya: 1, run: { name: "llama-cpp", seed: 5, "max-unscored": 1 },
  plugins: { served: { use: "polya.server", options: { url: ["http://127.0.0.1:$port"], model: "smol", folder: "$smollm" } },
             words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" }, answer: { use: "polya.math-answer" } },
  tasks: { train: { from: "words", split: "train", count: 8 } },
  stages: { candidates: { kind: "bootstrap", model: "served", tasks: "train", strategies: ["ways"], samples: 4, "max-tokens": 60,
                          verify: "answer" },
            scores: { kind: "evaluate", models: ["served"], tasks: ["train"], verify: "answer", samples: 4, "max-tokens": 60 } } }
MANIFEST
"$POLYA" run stages.json5 --runs runs --verbose >&2
echo "llama.cpp: $figures; bootstrap and evaluate pass"
