"""One package per stage.

Its `__init__` holds the signature and is light to import; `work` does the work.

A stage's positional parameters are parts of the configuration, its keyword-only parameters are
files. Package, function, command, Snakemake rule and configuration section share one name.
"""

STAGES = (
    "simulate",
    "inspect",
    "align",
    "label",
    "outline",
    "split",
    "summarize",
    "preview",
    "forecast",
    "train",
    "train_detector",
    "export",
    "export_detector",
    "accelerate",
    "predict_shard",
    "predict",
    "combine",
    "uncertainty",
    "search",
    "refine",
    "vectorize",
    "merge",
    "detect_shard",
    "detect",
    "search_suppression",
    "suppress",
    "match",
    "select",
    "merge_objects",
    "evaluate",
    "compare",
    "change",
    "sample",
    "estimate",
    "describe",
    "report",
    "deliver",
    "gather",
)
"""Names of all stages, in the order of the chain."""
