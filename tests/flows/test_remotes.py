"""Laws of remotes: what was pushed comes back with the same bytes, from a folder and from an S3 server on loopback."""

import shutil
from importlib.util import find_spec

import pytest
from dvc.repo import Repo

pytestmark = pytest.mark.usefixtures("plain_engine")
SMALL = ("params.yaml", "dvc.yaml", "dvc.lock", "code.json", "data/raw", "recordings", ".dvc/config")
"""What another machine must be given besides what DVC has; a Git repository would hold it."""


def moved(root, target):
    """The study on another machine: only the small files."""
    for path in SMALL:
        source, copy = root / path, target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copyfile(source, copy)
    return target


def there_and_back(cli, root, target, outputs, settings):
    """Push, lose everything here, pull; pull on another machine; each time the bytes and no computing."""
    before = outputs(root)
    with Repo(str(root)) as repo:
        with repo.config.edit() as config:
            config["remote"] = {"store": settings}
            config["core"]["remote"] = "store"
        assert repo.push() > 0
    shutil.rmtree(root / ".dvc" / "cache")
    for path in ("model", "results", "data/figures"):
        shutil.rmtree(root / path)
    with Repo(str(root)) as repo:
        repo.pull()
        assert repo.status() == {}
    assert outputs(root) == before
    assert "nothing was recomputed" in cli("run", root).stdout
    other = moved(root, target)
    with Repo(str(other)) as repo:
        repo.pull()
        assert repo.status() == {}
    assert outputs(other) == before


def test_a_folder_is_a_remote(cli, done, tmp_path, outputs, stand_ins):
    there_and_back(cli, done, tmp_path / "other", outputs, {"url": str(tmp_path / "store")})
    assert "nothing was recomputed" in cli("repro", tmp_path / "other").stdout
    assert stand_ins == []


@pytest.fixture
def bucket(monkeypatch):
    """An S3 server on loopback with one bucket; the settings of a remote in it."""
    missing = [name for name in ("dvc_s3", "moto") if find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install dvc-s3 'moto[server]')")
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - not installed everywhere

    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    import boto3  # noqa: PLC0415 - comes with moto

    boto3.client("s3", endpoint_url=address).create_bucket(Bucket="study")
    yield {"url": "s3://study/store", "endpointurl": address}
    server.stop()


@pytest.mark.filterwarnings("ignore")  # the libraries of S3 warn of themselves
def test_an_s3_server_is_a_remote(cli, done, tmp_path, outputs, bucket, stand_ins):
    there_and_back(cli, done, tmp_path / "other", outputs, bucket)
    assert stand_ins == []
