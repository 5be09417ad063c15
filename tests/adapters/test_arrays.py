"""Arrays of a broken run: a file stands whole, or counts as absent."""

import os
from pathlib import Path

import numpy as np
import pytest

from triage.adapters.arrays import read_arrays, sweep_drafts, write_arrays

ARRAYS = {"quantiles": np.arange(2000.0).reshape(4, 500), "seconds": np.float64(0.25)}


def test_what_was_written_is_read_again(tmp_path: Path):
    write_arrays(ARRAYS, tmp_path / "cells" / "one.npz")
    found = read_arrays(tmp_path / "cells" / "one.npz")
    assert found is not None and set(found) == set(ARRAYS)
    assert (found["quantiles"] == ARRAYS["quantiles"]).all() and float(found["seconds"]) == 0.25
    assert [p.name for p in (tmp_path / "cells").iterdir()] == ["one.npz"]


def test_a_file_that_is_not_there_is_absent(tmp_path: Path):
    assert read_arrays(tmp_path / "one.npz") is None


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_torn_file_counts_as_absent(tmp_path: Path, share: float):
    write_arrays(ARRAYS, tmp_path / "one.npz")
    whole = (tmp_path / "one.npz").read_bytes()
    (tmp_path / "one.npz").write_bytes(whole[: int(share * len(whole))])
    assert read_arrays(tmp_path / "one.npz") is None


def test_a_changed_byte_counts_as_absent(tmp_path: Path):
    write_arrays(ARRAYS, tmp_path / "one.npz")
    whole = bytearray((tmp_path / "one.npz").read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "one.npz").write_bytes(whole)
    assert read_arrays(tmp_path / "one.npz") is None


def test_a_file_with_objects_in_it_is_not_opened(tmp_path: Path):
    np.savez(tmp_path / "one.npz", quantiles=np.array([{"a": 1}], dtype=object))
    assert read_arrays(tmp_path / "one.npz") is None


def test_drafts_of_a_killed_run_are_swept_and_those_of_a_running_one_stay(tmp_path: Path):
    old, new = tmp_path / ".old.draft", tmp_path / ".new.draft"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (1, 1))
    sweep_drafts(tmp_path)
    assert not old.exists() and new.exists()
