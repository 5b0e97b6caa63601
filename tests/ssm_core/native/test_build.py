"""Whatever is wrong with a compiler or a cache, the outcome is a kernel or one sentence."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ssm_core.native import bindings, build
from ssm_core.native.build import NoCompilerError

ROOT = Path(__file__).parents[3]
WRITES_SLOWLY = """#!/bin/sh
while [ "$1" != "-o" ]; do shift; done
echo run >> "$COUNT"
printf 'first half ' > "$2"; sleep 0.3; printf 'second half' >> "$2"
"""
FAILS = """#!/bin/sh
echo 'kernel.cpp:7:1: note: all is well so far' >&2
echo "kernel.cpp:8:2: error: 'Lanes' was not declared" >&2
exit 1
"""
BUILDS_A_SMALL_LIBRARY = """#!/bin/sh
while [ "$1" != "-o" ]; do shift; done
echo run >> "$COUNT"
echo 'extern "C" int answer() { return 42; }' | g++ -x c++ -shared -fPIC - -o "$2"
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    build._target.cache_clear()
    yield tmp_path / "cache"
    build._target.cache_clear()


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    def install(script: str) -> Path:
        path = tmp_path / "c++"
        path.write_text(script)
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))
        return path

    return install


def runs(cache):
    return len((cache.parent / "count").read_text().splitlines())


def leftovers(cache):
    return sorted(path.suffix for path in (cache / "causal-ssm" / "native").iterdir())


def test_no_compiler_is_one_sentence(cache, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(build, "COMPILERS", ("no-such-c++", "nor-this-one"))
    with pytest.raises(NoCompilerError, match=r"^no C\+\+ compiler found \(looked for no-such-c\+\+, nor-this-one"):
        build.library()


def test_a_named_compiler_that_is_not_there_is_named(cache, monkeypatch):
    monkeypatch.setenv("CXX", "/no/such/c++")
    with pytest.raises(NoCompilerError, match=r"\$CXX is '/no/such/c\+\+', which is not there"):
        build.library()


def test_a_failing_compiler_is_quoted_with_its_first_error(cache, compiler):
    path = compiler(FAILS)
    with pytest.raises(NoCompilerError) as caught:
        build.library()
    assert str(caught.value) == (
        f"{path} could not compile kernel.cpp: kernel.cpp:8:2: error: 'Lanes' was not declared"
    )
    assert leftovers(cache) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path, cache, compiler, monkeypatch):
    compiler(WRITES_SLOWLY)
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(blocked))
    with pytest.raises(NoCompilerError, match=r"kernel.cpp could not be built in .*a file.*Not a directory"):
        build.library()


def test_the_module_says_why_there_is_no_kernel(tmp_path):
    environment = os.environ | {"CXX": "/no/such/c++", "CAUSAL_SSM_CACHE": str(tmp_path)}
    command = [sys.executable, "-m", "ssm_core.native.build"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    assert "no C++ compiler found" in done.stdout
    assert "JAX kernel is used instead" in done.stdout
    assert done.stderr == ""


def test_processes_that_build_at_once_all_get_whole_files(cache, compiler):
    compiler(WRITES_SLOWLY)
    command = [sys.executable, "-c", "from ssm_core.native.build import library; print(library().read_text())"]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    assert [builder.communicate(timeout=60)[0] for builder in builders] == ["first half second half\n"] * 3
    assert leftovers(cache) == [".sha256", ".so"]


def test_a_kernel_that_is_there_is_not_built_again(cache, compiler):
    compiler(WRITES_SLOWLY)
    assert build.library() == build.library()
    assert runs(cache) == 1


@pytest.mark.parametrize("damage", [lambda whole: whole[:20], lambda whole: whole[:9] + b"?" + whole[10:]])
def test_a_damaged_kernel_is_built_again(cache, compiler, damage):
    compiler(WRITES_SLOWLY)
    made = build.library()
    whole = made.read_bytes()
    made.write_bytes(damage(whole))
    assert build.library().read_bytes() == whole
    assert runs(cache) == 2


def test_a_kernel_that_cannot_be_opened_is_built_once_more(cache, compiler):
    compiler(BUILDS_A_SMALL_LIBRARY)
    foreign = cache / "kernel.so"
    cache.mkdir()
    foreign.write_bytes(b"of another machine")
    assert bindings._opened(foreign).answer() == 42
    assert runs(cache) == 1


def test_a_kernel_that_never_opens_is_one_sentence(cache, compiler):
    compiler(WRITES_SLOWLY)
    with pytest.raises(NoCompilerError, match=r"the compiled kernel cannot be opened: .*kernel"):
        bindings._opened(build.library())
    assert runs(cache) == 2


def test_what_decides_the_machine_code_names_the_file(cache, monkeypatch):
    names = {build._target().name}
    for flags in ((), ("-mavx2", "-mfma"), ("-mavx512f",)):
        monkeypatch.setattr(build, "instruction_set", lambda flags=flags: flags)
        build._target.cache_clear()
        names.add(build._target().name)
    assert len(names) >= 3


def test_every_source_of_the_kernel_names_the_file():
    folder = Path(build.__file__).parent
    assert {path.name for path in folder.glob("*.?pp")} == set(build.SOURCES)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ here")
@pytest.mark.parametrize(
    "needed", [frozenset(), *(needed for needed, _ in build.LEVELS)], ids=lambda s: " ".join(sorted(s)) or "none"
)
def test_the_compiler_knows_the_flags_of_every_level(tmp_path, needed):
    if platform.machine() not in {"x86_64", "AMD64"} and needed:
        pytest.skip("another family of processors")
    source = tmp_path / "probe.cpp"
    source.write_text('extern "C" int probe() { return 7; }')
    flags = dict(build.LEVELS).get(needed, ())
    done = subprocess.run(
        ["g++", *build.FLAGS, *flags, str(source), "-o", str(tmp_path / "probe.so")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_processor_that_tells_nothing_gets_the_default_flags(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *args, **kwargs: "model name: a plain one")
    assert build.instruction_set() == ()


def test_a_cache_folder_of_another_user_is_left_to_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path))
    assert build.cache_folder() == tmp_path / "causal-ssm" / "native"
    (tmp_path / "causal-ssm").mkdir()
    assert build.cache_folder() == tmp_path / "causal-ssm" / "native"
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert build.cache_folder() == tmp_path / f"causal-ssm-{stranger}" / "native"


def test_a_library_of_another_user_is_not_run(cache, compiler, monkeypatch):
    compiler(BUILDS_A_SMALL_LIBRARY)
    path = build.library()
    assert build._whole(path)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    assert build._whole(path) == (path.stat().st_uid == 0)


def test_without_a_home_kernels_lie_with_temporary_files(tmp_path, monkeypatch):
    for name in ("CAUSAL_SSM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(build.tempfile, "gettempdir", lambda: str(tmp_path))
    assert build.cache_folder() == tmp_path / f"causal-ssm-{os.getuid()}" / "native"
