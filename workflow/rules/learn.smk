# Blocks, statistics, and models that saw training blocks only.


rule split:
    input:
        references=plan.references(),
        areas=plan.raw.areas(),
        siblings=plan.raw.siblings_of_areas(),
    output:
        blocks=plan.places.blocks,
        split=plan.places.split,
    log:
        plan.places.log("split"),
    benchmark:
        plan.places.benchmark("split")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=20),
        runtime=plan.resources.minutes(30, per_input=0.5),
    params:
        settings=plan.settings("split", plan.raw.given_areas),
    shell:
        plan.command("split")


rule summarize:
    input:
        files=plan.labelled_images() + plan.references(),
        split=plan.places.split,
    output:
        statistics=plan.places.statistics,
    log:
        plan.places.log("summarize"),
    benchmark:
        plan.places.benchmark("summarize")
    # The forecast waits for it, and is to come before the trainings.
    priority: 10
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_width=30),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("summarize"),
    shell:
        plan.command("summarize")


rule preview:
    input:
        images=plan.labelled_images(),
        references=plan.references(),
        split=plan.of_fold(plan.places.split),
        statistics=plan.of_fold(plan.places.statistics),
    output:
        figure=plan.places.of_run("preview.png"),
    log:
        plan.places.log("preview"),
    benchmark:
        plan.places.benchmark("preview")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("preview"),
    shell:
        plan.command("preview")


rule train:
    input:
        # All scenes where nothing is labelled: some methods find clusters without labels.
        images=plan.labelled_images() or plan.images(),
        references=plan.references(),
        split=lambda wildcards: plan.if_labelled(plan.of_fold(plan.places.split, wildcards.network)),
        statistics=lambda wildcards: plan.if_labelled(
            plan.of_fold(plan.places.statistics, wildcards.network)
        ),
        # Named in the configuration, so it is no argument.
        weights=lambda wildcards: plan.raw.weights(wildcards.network),
    output:
        model=plan.places.of_model("model.safetensors"),
        curves=plan.places.of_model("curves.csv"),
    log:
        plan.places.log("train"),
    benchmark:
        plan.places.benchmark("train")
    wildcard_constraints:
        network=one_of(plan.trained_names),
    conda:
        "../../environment.yml"
    threads: plan.training_threads
    resources:
        mem_mb=plan.resources.of_training,
        runtime=plan.resources.minutes(720),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("train", plan.raw.given_weights),
        # Not an output: Snakemake deletes outputs before a job starts, and a killed training goes on from here.
        checkpoints=plan.places.of_run("checkpoints/{network}"),
        # Not an output either: no two runs take equally long.
        timing=plan.places.of_run("timings/train/{network}.json"),
        # With several GPUs as many processes.
        start=start,
        threads=threads_of_each,
    shell:
        plan.command("train")


rule train_detector:
    input:
        images=plan.labelled_images(),
        outlines=plan.outlines(),
        split=lambda wildcards: plan.of_fold(plan.places.split, wildcards.detector),
        statistics=lambda wildcards: plan.of_fold(plan.places.statistics, wildcards.detector),
        # Named in the configuration, so it is no argument.
        weights=lambda wildcards: plan.raw.weights(wildcards.detector),
    output:
        model=plan.places.of_detector_model("model.safetensors"),
        curves=plan.places.of_detector_model("curves.csv"),
    log:
        plan.places.log("train_detector"),
    benchmark:
        plan.places.benchmark("train_detector")
    wildcard_constraints:
        detector=one_of(plan.run.trained_detectors),
    conda:
        "../../environment.yml"
    threads: plan.training_threads
    resources:
        mem_mb=plan.resources.of_training,
        runtime=plan.resources.minutes(720),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("train_detector", plan.raw.given_weights),
        checkpoints=plan.places.of_run("checkpoints/{detector}"),
        timing=plan.places.of_run("timings/train_detector/{detector}.json"),
        start=start,
        threads=threads_of_each,
    shell:
        plan.command("train_detector")
