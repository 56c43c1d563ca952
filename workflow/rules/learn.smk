# Blocks, statistics, and models that saw training blocks only.


rule split:
    input:
        references=references(),
    output:
        blocks=f"{RESULTS}/split/blocks.gpkg",
        split=f"{RESULTS}/split/split.json",
    log:
        f"{RESULTS}/logs/split.log",
    benchmark:
        f"{RESULTS}/benchmarks/split.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=settings("split"),
    shell:
        command("split") + " --references {input.references:q} --blocks {output.blocks:q}"
        " --split {output.split:q} --threads {threads} --log {log:q}"


rule summarize:
    input:
        images=labelled_images(),
        references=references(),
        split=f"{RESULTS}/split/split.json",
    output:
        statistics=f"{RESULTS}/statistics.json",
    log:
        f"{RESULTS}/logs/summarize.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=settings("summarize"),
    shell:
        command("summarize") + " --images {input.images:q} --references {input.references:q}"
        " --split {input.split:q} --statistics {output.statistics:q} --threads {threads} --log {log:q}"


rule train:
    input:
        images=labelled_images(),
        references=references(),
        split=f"{RESULTS}/split/split.json",
        statistics=f"{RESULTS}/statistics.json",
    output:
        model=f"{MODEL}/model.safetensors",
        curves=f"{MODEL}/curves.csv",
    log:
        f"{RESULTS}/logs/train/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{network}}.jsonl"
    conda:
        "../../environment.yml"
    threads: CORES
    resources:
        mem_mb=8000,
        runtime="12h",
    params:
        settings=settings("train"),
        # Not an output: Snakemake deletes outputs before a job starts, and a killed training goes on from here.
        checkpoints=f"{RESULTS}/checkpoints/{{network}}",
    shell:
        command("train") + " --network {wildcards.network} --images {input.images:q}"
        " --references {input.references:q} --split {input.split:q} --statistics {input.statistics:q}"
        " --model {output.model:q} --curves {output.curves:q} --checkpoints {params.checkpoints:q}"
        " --threads {threads} --log {log:q}"


rule export:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        onnx=f"{MODEL}/model.onnx",
    log:
        f"{RESULTS}/logs/export/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/export/{{network}}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime="30m",
    params:
        settings=settings("export"),
    shell:
        command("export") + " --model {input.model:q} --onnx {output.onnx:q}" " --threads {threads} --log {log:q}"
