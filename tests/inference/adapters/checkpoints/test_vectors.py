"""U5: whatever a repository holds, nothing of it is loaded that could run: each vector carries a canary."""

import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from inference.adapters.checkpoints import CheckpointRefused, fetching
from inference.adapters.checkpoints.fetching import Hub, HubError
from tests.fakes.hub import FakeHub

COMMIT = "3f1d8c0b5a6e4f7d9c2b1a0e8d7c6b5a4f3e2d1c"
REPOSITORY = "quiet-lab/quiet-omni"
CONFIG = {"model_type": "qwen3_omni_moe", "architectures": ["Qwen3OmniMoeForConditionalGeneration"]}


def tensors(header, data=b"", *, length=None):
    """A safetensors file with this header."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


WEIGHTS = tensors({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8))
GOOD = {
    "config.json": json.dumps(CONFIG).encode(),
    "model.safetensors": WEIGHTS,
    "tokenizer.json": b"{}",
    "README.md": b"---\nlicense: apache-2.0\n---\n",
}


class Canary:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


def pickled(canary):
    return pickle.dumps(Canary(canary))


def torch_file(canary):
    """What torch.save writes: a zip with a pickle in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(canary))
    return file.getvalue()


def numpy_file(canary):
    file = io.BytesIO()
    np.save(file, np.array([Canary(canary)], dtype=object), allow_pickle=True)
    return file.getvalue()


def config(**more):
    return json.dumps(CONFIG | more).encode()


REFUSED, CODE = "checkpoint_file_refused", "checkpoint_custom_code"
SEVEN = b"7z\xbc\xaf\x27\x1c"
VECTORS = {
    "pickle in .bin": ({"pytorch_model.bin": pickled}, REFUSED),
    "torch's zip in .bin": ({"pytorch_model.bin": torch_file}, REFUSED),
    "pickle in .pt": ({"spk_dict.pt": torch_file}, REFUSED),
    "pickle in .pth": ({"model.pth": pickled}, REFUSED),
    "pickle in .ckpt": ({"model.ckpt": torch_file}, REFUSED),
    "pickle in .pkl": ({"vocab.pkl": pickled}, REFUSED),
    "pickle in .pickle": ({"vocab.PICKLE": pickled}, REFUSED),
    "pickle in .npy": ({"mean.npy": numpy_file}, REFUSED),
    "pickle in .npz": ({"mean.npz": torch_file}, REFUSED),
    "pickle in .joblib": ({"scaler.joblib": pickled}, REFUSED),
    "pickle in .h5": ({"tf_model.h5": pickled}, REFUSED),
    "pickle in .msgpack": ({"flax_model.msgpack": pickled}, REFUSED),
    "pickle without an ending": ({"weights": pickled}, REFUSED),
    "pickle called safetensors": ({"model.safetensors": pickled}, REFUSED),
    "torch's zip called safetensors": ({"model.safetensors": torch_file}, REFUSED),
    "7z around a pickle, called safetensors": (
        {"model.safetensors": lambda at: SEVEN + pickled(at)},
        REFUSED,
    ),
    "7z around a pickle": ({"model.7z": lambda at: SEVEN + pickled(at)}, REFUSED),
    "pickle called JSON": ({"generation_config.json": pickled}, REFUSED),
    "pickle called text": ({"merges.txt": pickled}, REFUSED),
    "python": ({"modeling_quiet.py": b"import os\nos.mkdir('canary')\n"}, REFUSED),
    "python in a folder": ({"code/__init__.py": b""}, REFUSED),
    "shared object": ({"kernels.so": b"\x7fELF"}, REFUSED),
    "script": ({"install.sh": b"touch canary\n"}, REFUSED),
    "auto_map": ({"config.json": config(auto_map={"AutoModel": "modeling_quiet.Quiet"})}, CODE),
    "auto_map deep inside": ({"config.json": config(a=[{"b": {"auto_map": {"AutoModel": "x.Y"}}}])}, CODE),
    "auto_map of a tokenizer": (
        {"tokenizer_config.json": b'{"auto_map": {"AutoTokenizer": ["x.Y", null]}}'},
        CODE,
    ),
    "auto_map of another repository": ({"config.json": config(auto_map={"AutoConfig": "evil/x--y.Z"})}, CODE),
    "custom pipelines": ({"config.json": config(custom_pipelines={"a": {"impl": "x.Y"}})}, CODE),
    "kernels of a repository": ({"config.json": config(_attn_implementation="evil/kernel")}, CODE),
    "kernels of a part": ({"config.json": config(text_config={"attn_implementation": {"": "evil/k"}})}, CODE),
    "another base": ({"adapter_config.json": b'{"base_model_name_or_path": "evil/base"}'}, REFUSED),
    "index to a pickle": (
        {"model.safetensors.index.json": b'{"weight_map": {"w": "pytorch_model.bin"}}'},
        REFUSED,
    ),
    "index out of the folder": (
        {"model.safetensors.index.json": b'{"weight_map": {"w": "../../other/model.safetensors"}}'},
        REFUSED,
    ),
    "header of 10 GB": ({"model.safetensors": tensors({}, length=10_000_000_000)}, REFUSED),
    "header longer than the file": ({"model.safetensors": tensors({}, length=3)}, REFUSED),
    "header of all ones": ({"model.safetensors": b"\xff" * 100}, REFUSED),
    "no header": ({"model.safetensors": b""}, REFUSED),
    "header that is no object": ({"model.safetensors": tensors(b"[1]")}, REFUSED),
    "tensor out of the file": (
        {"model.safetensors": tensors({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})},
        REFUSED,
    ),
    "tensors that overlap": (
        {
            "model.safetensors": tensors(
                {name: {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]} for name in "ab"}, bytes(8)
            )
        },
        REFUSED,
    ),
    "shape that lies": (
        {
            "model.safetensors": tensors(
                {"w": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}}, bytes(8)
            )
        },
        REFUSED,
    ),
    "shape below zero": (
        {
            "model.safetensors": tensors(
                {"w": {"dtype": "U8", "shape": [-8], "data_offsets": [0, 8]}}, bytes(8)
            )
        },
        REFUSED,
    ),
    "bytes behind the tensors": ({"model.safetensors": WEIGHTS + b"\x80\x04."}, REFUSED),
    "JSON nested for ever": ({"config.json": b'{"a":' * 5000 + b"1" + b"}" * 5000}, REFUSED),
    "name that climbs": ({"../../canary.json": b"{}"}, REFUSED),
    "absolute name": ({"/tmp/canary.json": b"{}"}, REFUSED),
    "name with a backslash": ({"..\\canary.json": b"{}"}, REFUSED),
    "no config": ({"config.json": None}, "checkpoint_not_found"),
    "no weights": ({"model.safetensors": None}, "checkpoint_not_found"),
}


@pytest.fixture
def hub():
    with FakeHub() as found:
        yield found


def fetch(hub, folder, *, commit=COMMIT, repository=REPOSITORY, most_bytes=1_000_000):
    allowed = frozenset({("127.0.0.1", hub.port)})
    return fetching.fetch(Hub(hub.url, most_bytes, allowed), repository, commit, into=folder)


def test_there_are_as_many_vectors_as_were_asked_for():
    assert len(VECTORS) >= 30


def test_a_good_one_comes_whole_and_once(hub, tmp_path):
    hub.put(REPOSITORY, COMMIT, GOOD)
    folder = fetch(hub, tmp_path)

    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors", "tokenizer.json"}
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    asked = len(hub.sent)
    assert fetch(hub, tmp_path) == folder
    assert len(hub.sent) == asked


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_is_refused_and_leaves_nothing(hub, tmp_path, canary, vector):
    changed, code = VECTORS[vector]
    made = {name: data(canary) if callable(data) else data for name, data in changed.items()}
    files = {name: data for name, data in (GOOD | made).items() if data is not None}
    hub.put(REPOSITORY, COMMIT, files)

    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path / "checkpoints")

    assert refusal.value.code == code
    assert not canary.exists()
    left = [
        path for path in (tmp_path / "checkpoints").rglob("*") if path.is_file() and path.suffix != ".lock"
    ]
    assert left == []


@pytest.mark.parametrize(
    "commit", ["main", "v1.0", COMMIT[:39], COMMIT.upper(), f"{COMMIT}0", "", f"{COMMIT}\n"]
)
def test_a_branch_or_a_part_of_a_commit_is_none(hub, tmp_path, commit):
    hub.put(REPOSITORY, commit, GOOD)
    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path, commit=commit)
    assert refusal.value.code == "checkpoint_unpinned"
    assert hub.sent == []


def test_a_branch_that_is_called_like_a_commit_is_found_out(hub, tmp_path):
    hub.put(REPOSITORY, COMMIT, GOOD)
    hub.sha = "0" * 40
    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path)
    assert refusal.value.code == "checkpoint_unpinned"


def test_a_checkpoint_without_a_licence_is_refused(hub, tmp_path):
    hub.put(REPOSITORY, COMMIT, GOOD)
    hub.card = {}
    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path)
    assert refusal.value.code == "licence_missing"


def test_one_that_is_too_large_is_not_fetched(hub, tmp_path):
    hub.put(REPOSITORY, COMMIT, GOOD)
    hub.sizes["model.safetensors"] = 2_000_000
    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path)
    assert refusal.value.code == "checkpoint_too_large"
    assert len(hub.sent) == 1


@pytest.mark.parametrize("lie", [WEIGHTS[:-1], WEIGHTS + b"x" * 100, bytes(len(WEIGHTS))])
def test_a_file_that_is_not_the_listed_one_is_refused(hub, tmp_path, lie):
    hub.put(REPOSITORY, COMMIT, GOOD)
    hub.lies["model.safetensors"] = lie
    with pytest.raises(CheckpointRefused) as refusal:
        fetch(hub, tmp_path)
    assert refusal.value.code == "checkpoint_file_refused"


def test_a_repository_that_is_not_there_is_said_so(hub, tmp_path):
    for repository in (REPOSITORY, "../etc", "a/b/c", "lab/.."):
        with pytest.raises(CheckpointRefused) as refusal:
            fetch(hub, tmp_path, repository=repository)
        assert refusal.value.code == "checkpoint_not_found"


def test_a_hub_inside_is_not_asked(hub, tmp_path):
    hub.put(REPOSITORY, COMMIT, GOOD)
    with pytest.raises(HubError, match="https"):
        fetching.fetch(Hub(hub.url, 1_000_000), REPOSITORY, COMMIT, into=tmp_path)
    assert hub.sent == []
