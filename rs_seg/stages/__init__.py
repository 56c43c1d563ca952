"""One thin module per stage: read, call one or two algorithms, write.

A stage's positional parameters are parts of the configuration, its keyword-only parameters are files. Module, function,
command, Snakemake rule and configuration section share one name.
"""

STAGES = (
    "simulate",
    "inspect",
    "align",
    "label",
    "split",
    "summarize",
    "preview",
    "train",
    "export",
    "tune",
    "predict_shard",
    "predict",
    "combine",
    "quantify",
    "search",
    "refine",
    "vectorize",
    "merge",
    "evaluate",
    "compare",
    "report",
    "deliver",
    "gather",
)
"""Names of all stages, in the order of the chain."""
