from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each loads torch in a process of its own


def say(program: str, *words: object) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split("\n")[:-1]


def test_counting_memory_loads_no_compiler_and_who_asks_for_it_later_gets_it():
    program = """
import sys
from torch import nn
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.memory import count_bytes
network = NormalisedNetwork(nn.Conv2d(1, 2, 3), mean=[0.0], std=[1.0]).eval()
print(count_bytes(network, band_count=1, tile=8) > 0, "torch._dynamo" in sys.modules)
import torch, torchvision
print(torchvision.ops.roi_align.__module__, "torch._dynamo" in sys.modules)
print(sys.modules["torchvision.ops.roi_align"].is_compile_supported("cpu"))
print("torch._dynamo" in sys.modules, torch.compiler.disable(len) is len)
print(torch.compile(torch.sin, backend="eager")(torch.zeros(2)).tolist())
"""
    assert say(program) == [
        "True False",
        "torchvision.ops.roi_align False",
        "True",
        "True False",
        "[0.0, 0.0]",
    ]


def test_a_library_that_wants_more_of_the_compiler_gets_it(tmp_path: Path):
    (tmp_path / "greedy.py").write_text("from torch._dynamo.utils import counters\n")
    program = """
import sys
from rs_seg.algorithms.networks.uncompiled import load_uncompiled
sys.path.insert(0, sys.argv[1])
load_uncompiled("greedy")
print("greedy" in sys.modules, "torch._dynamo" in sys.modules)
import greedy
print(type(greedy.counters).__name__, "torch._dynamo" in sys.modules)
"""
    assert say(program, tmp_path) == ["False False", "defaultdict True"]
