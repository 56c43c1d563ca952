# Blocks, statistics, and models that saw training blocks only.


rule split:
    input:
        references=references(),
        areas=raw_areas(),
        siblings=beside(raw_areas()),
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
        mem_mb=memory(1000, per_input=20),
        runtime=minutes(30, per_input=0.5),
    params:
        settings=settings_and_states("split", areas_from_outside),
    shell:
        command("split")
        + (" --fold {wildcards.fold}" if FOLD else " --fold 1")
        + " --references @<(printf '%s\\n' {input.references:q}) --areas @<(printf '%s\\n' {input.areas:q})"
        " --blocks {output.blocks:q} --split {output.split:q}"
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
        mem_mb=memory(1000, per_width=30),
        runtime=minutes(30, per_input=0.1),
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
        mem_mb=memory(2000),
        runtime=minutes(30),
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
        # Named in the configuration, so it is no argument.
        weights=lambda wildcards: weights_file(wildcards.network),
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
        mem_mb=memory(8000),
        runtime=minutes(720),
        gpu=gpus,
    params:
        settings=settings_and_states("train", weights_from_outside),
        # Not an output: Snakemake deletes outputs before a job starts, and a killed training goes on from here.
        checkpoints=f"{RESULTS}/checkpoints/{{network}}",
        # Not an output either: no two runs take equally long.
        timing=f"{RESULTS}/timings/train/{{network}}.json",
        # With several GPUs as many processes.
        start=start,
        threads=threads_of_each,
    shell:
        launched("train") + " --network {wildcards.network} --images {input.images:q}"
        " --references {input.references:q} --split {input.split:q} --statistics {input.statistics:q}"
        " --model {output.model:q} --curves {output.curves:q} --checkpoints {params.checkpoints:q}"
        " --timing {params.timing:q} --threads {params.threads} --log {log:q}"
