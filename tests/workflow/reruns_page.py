"""The page docs/reruns.md: `python -m tests.workflow.reruns_page` prints it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable

from tests.workflow.reruns import ORDER, Reruns, find_reruns

HEAD = """# What runs again when a setting changes

Written by `make generated` from the rules themselves: every key of the configuration was given
another value, one by one, and the jobs before and after were compared as Snakemake compares them:
files, settings, commands. A test holds this page.

The first table names the stages that a key reaches by itself. Whatever is made from their results
runs again too; the second table says what that is. `report` and `deliver` show all settings, so
nearly every change makes them anew; they are named where nothing else is. So is `forecast`, which
measures what is to be trained, and nothing where nothing is. NAME stands for a name that you
give. A section (`train.loss`) stands for all its keys. `train` are
the networks of layers, `train (single pixels)` methods without layers, such as forests.

So a colour or a title never trains, tunes or predicts again, and `epochs` fits no forest again. A
network with a budget of its own (`models.NAME.train`) is not trained again when the same key of
`train` changes.

## Keys

| runs again | keys |
|---|---|
"""
BETWEEN = """
## What follows

Of the stages that a run has.

| after | runs again too |
|---|---|
"""
FOOT = """
## More than it needs

What the first table says is meant so, but for these, which cost more than they would have to:

- `inspect.quicklook_size`, and what `label` says: `inspect` looks at images and labels of a scene
  in one go and guards all that follows, so that images are aligned again too
  ([001](decisions/001-inspect-guards-each-scene.md)).
- `legend.NAME.color`: class maps hold their colours, so `refine` writes them again.
- `legend.NAME.name`: a name is what label files, settings and model files call the class, so that
  everything from `inspect` on runs again.
- `split.missing_class`: `split` says what is missing, and is done again.
- `predict.batch_size`: engines are timed with it, and predict with it, though the map hardly
  depends on it.
- `vectorize.formats`: polygons are made once for all formats.
- `train.passes` where `epochs` and `steps_per_epoch` are given, and the like: a key that another
  one overrules still trains again.

`scenes.NAME.height` and `width`, `predict.shards` and `shard_megapixels` say how work is cut,
`train.workers` and `checkpoint_seconds` how a training is run: results are the same to the byte.
`data` itself is only shown: what it gives (`data_root`, `scenes`, `sources`, `label`, `legend`)
counts as if you had written it.
"""


def page_text(reruns: Reruns) -> str:
    """The page."""
    rows: dict[frozenset[str], list[str]] = defaultdict(list)
    for key, stages in reruns.of_keys.items():
        rows[stages].append(key)
    known = list(reruns.of_keys)
    told = [
        f"| {in_order(stages) or 'nothing'} | {', '.join(fold_keys(rows[stages], known))} |"
        for stages in sorted(rows, key=_rank)
    ]
    after = [
        f"| {stage} | {in_order(reruns.followers[stage])} |"
        for stage in ORDER
        if reruns.followers.get(stage)
    ]
    return HEAD + "\n".join(told) + "\n" + BETWEEN + "\n".join(after) + "\n" + FOOT


def _rank(stages: Collection[str]) -> tuple[int, ...]:
    return tuple(sorted(map(ORDER.index, stages)))


def in_order(stages: Collection[str]) -> str:
    """Names of stages in the order of the chain."""
    return ", ".join(stage for stage in ORDER if stage in stages)


def fold_keys(keys: Iterable[str], known: Iterable[str]) -> list[str]:
    """Keys as text: a section stands for its keys where all that there are of it are among them."""
    chosen, names = set(keys), list(known)
    told: dict[str, None] = {}
    for key in sorted(chosen, key=names.index):
        parts = key.split(".")
        sections = (".".join(parts[:count]) for count in range(1, len(parts)))
        whole = (
            section
            for section in sections
            if not section.endswith("*")
            and all(name in chosen for name in names if name.startswith(f"{section}."))
        )
        told[next(whole, key)] = None
    return [f"`{name.replace('*', 'NAME')}`" for name in told]


if __name__ == "__main__":
    sys.stdout.write(page_text(find_reruns()))
