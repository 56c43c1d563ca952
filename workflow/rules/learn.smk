# Blocks, statistics, and models that saw training blocks only.


rule split:
    input:
        references=references(),
    output:
        blocks=BLOCKS,
        split=SPLIT,
    log:
        f"{RESULTS}/logs/split{FOLD}.log",
    benchmark:
        f"{RESULTS}/benchmarks/split{FOLD}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=settings("split"),
    shell:
        command("split")
        + (" --fold {wildcards.fold}" if FOLD else " --fold 1")
        + " --references @<(printf '%s\\n' {input.references:q}) --blocks {output.blocks:q} --split {output.split:q}"
        " --threads {threads} --log {log:q}"


rule summarize:
    input:
        images=labelled_images(),
        references=references(),
        split=SPLIT,
    output:
        statistics=STATISTICS,
    log:
        f"{RESULTS}/logs/summarize{FOLD}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarize{FOLD}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=settings("summarize"),
    shell:
        command("summarize")
        + " --images @<(printf '%s\\n' {input.images:q}) --references @<(printf '%s\\n' {input.references:q})"
        " --split {input.split:q} --statistics {output.statistics:q} --threads {threads} --log {log:q}"


rule preview:
    input:
        images=labelled_images(),
        references=references(),
        split=of_fold(SPLIT),
        statistics=of_fold(STATISTICS),
    output:
        figure=f"{RESULTS}/preview.png",
    log:
        f"{RESULTS}/logs/preview.log",
    benchmark:
        f"{RESULTS}/benchmarks/preview.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=settings("preview"),
    shell:
        command("preview")
        + " --images @<(printf '%s\\n' {input.images:q}) --references @<(printf '%s\\n' {input.references:q})"
        " --split {input.split:q} --statistics {input.statistics:q} --figure {output.figure:q}"
        " --threads {threads} --log {log:q}"


rule train:
    input:
        # All scenes where nothing is labelled: some methods find clusters without labels.
        images=labelled_images() or images(),
        references=references(),
        split=lambda wildcards: if_labelled(of_fold(SPLIT, wildcards.network)),
        statistics=lambda wildcards: if_labelled(of_fold(STATISTICS, wildcards.network)),
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
        # Not an output either: no two runs take equally long.
        timing=f"{RESULTS}/timings/train/{{network}}.json",
    shell:
        command("train") + " --network {wildcards.network} --images {input.images:q}"
        " --references {input.references:q} --split {input.split:q} --statistics {input.statistics:q}"
        " --model {output.model:q} --curves {output.curves:q} --checkpoints {params.checkpoints:q}"
        " --timing {params.timing:q} --threads {threads} --log {log:q}"


rule export:
    input:
        model=lambda wildcards: model_file(wildcards.network),
    output:
        onnx=f"{MODEL}/model.onnx",
        deepness=f"{MODEL}/deepness.onnx",
    log:
        f"{RESULTS}/logs/export/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/export/{{network}}.jsonl"
    wildcard_constraints:
        network=one_of(WITH_LAYERS),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime="30m",
    params:
        settings=settings("export"),
    shell:
        command("export") + " --model {input.model:q} --onnx {output.onnx:q} --deepness {output.deepness:q}"
        " --threads {threads} --log {log:q}"


rule tune:
    input:
        model=lambda wildcards: model_file(wildcards.network),
        onnx=f"{MODEL}/model.onnx",
        # The first scene is enough where nothing is labelled.
        images=labelled_images() or images()[:1],
        references=references(),
        split=lambda wildcards: if_labelled(of_fold(SPLIT, wildcards.network)),
    output:
        engine=directory(f"{MODEL}/engine"),
    log:
        f"{RESULTS}/logs/tune/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/tune/{{network}}.jsonl"
    wildcard_constraints:
        network=one_of(WITH_LAYERS),
    conda:
        "../../environment.yml"
    # As many as prediction gets, so that speed is measured as it will be used.
    threads: share_of_cores(len(SCENES) * len(RUN.model_networks) * RUN.predict.shards)
    resources:
        mem_mb=4000,
        runtime="1h",
    params:
        settings=settings("tune"),
    shell:
        command("tune")
        + " --network {wildcards.network} --model {input.model:q} --onnx {input.onnx:q} --images @<(printf '%s\\n' {input.images:q})"
        " --references @<(printf '%s\\n' {input.references:q}) --split {input.split:q} --engine {output.engine:q}"
        " --threads {threads} --log {log:q}"
