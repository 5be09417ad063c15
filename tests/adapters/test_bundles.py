"""Model bundles: whole, or refused before any parser sees them."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.adapters.bundles import MANIFEST, bundle_digest, read_bundle, write_bundle
from triage.domain.errors import BundleError

FILES = {"model.txt": "tree\nleaf_value=0.25 -1\n", "features.json": '{"a": 1}'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "v1", FILES)
    return tmp_path / "v1"


def test_a_bundle_reads_as_it_was_written(folder: Path):
    assert read_bundle(folder) == FILES


def test_the_same_files_have_the_same_digest_whatever_their_order(tmp_path: Path):
    one = write_bundle(tmp_path / "a", FILES)
    two = write_bundle(tmp_path / "b", dict(reversed(FILES.items())))
    assert one == two == bundle_digest(tmp_path / "a")


def test_every_changed_byte_is_refused(folder: Path):
    path = folder / "model.txt"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleError, match="differs"):
            read_bundle(folder)


def test_every_torn_file_is_refused(folder: Path):
    path = folder / "model.txt"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BundleError):
            read_bundle(folder)


def test_every_torn_manifest_is_refused(folder: Path):
    path = folder / MANIFEST
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        with pytest.raises(BundleError):
            read_bundle(folder)


@given(st.binary(max_size=300))
def test_a_manifest_of_noise_is_refused_calmly(tmp_path_factory: pytest.TempPathFactory, noise: bytes):
    folder = tmp_path_factory.mktemp("bundle")
    (folder / MANIFEST).write_bytes(noise)
    with pytest.raises(BundleError):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "", "a/b", MANIFEST])
def test_a_file_outside_the_bundle_is_never_named(tmp_path: Path, name: str):
    with pytest.raises(BundleError):
        write_bundle(tmp_path / "v1", {name: "x"})


def test_a_manifest_that_points_outside_is_refused(folder: Path):
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"]["../v2.txt"] = manifest["files"]["model.txt"]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="outside"):
        read_bundle(folder)


def test_a_link_to_another_file_is_refused(folder: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere.txt"
    (folder / "model.txt").rename(elsewhere)
    os.symlink(elsewhere, folder / "model.txt")
    with pytest.raises(BundleError):
        read_bundle(folder)


def test_a_missing_folder_is_no_bundle(tmp_path: Path):
    with pytest.raises(BundleError, match="missing"):
        read_bundle(tmp_path / "nothing")


def test_an_empty_bundle_is_not_written(tmp_path: Path):
    with pytest.raises(BundleError):
        write_bundle(tmp_path / "v1", {})


def test_nothing_half_written_is_left_beside_a_bundle(folder: Path):
    assert [p.name for p in folder.parent.iterdir()] == ["v1"]


def test_writing_again_replaces_the_files_and_leaves_others_alone(folder: Path):
    (folder / "report.html").write_text("mine")
    write_bundle(folder, {"model.txt": "new"})
    assert read_bundle(folder) == {"model.txt": "new"}
    assert (folder / "report.html").read_text() == "mine" and not (folder / "features.json").exists()


def test_a_folder_that_exists_and_is_empty_takes_a_bundle(tmp_path: Path):
    (tmp_path / "out").mkdir()
    write_bundle(tmp_path / "out", FILES)
    assert read_bundle(tmp_path / "out") == FILES
