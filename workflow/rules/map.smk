# Maps of every scene, by every network and every refinement.


rule predict_shard:
    input:
        model=lambda wildcards: model_file(wildcards.network),
        engine=lambda wildcards: engine_folder(wildcards.network),
        image=f"{SCENE}/image.tif",
    output:
        finished=f"{PROBABILITIES}/shards/{{shard}}.txt",
    log:
        f"{RESULTS}/logs/predict_shard/{{scene}}/{{network}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/predict_shard/{{scene}}/{{network}}/{{shard}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(prediction_jobs())
    resources:
        mem_mb=memory(2000, per_width=150, per_thread=300),
        runtime=minutes(60, per_input=0.5),
        gpu=gpus,
    params:
        settings=settings_and_states("predict_shard", model_from_outside),
        # Not an output: bands of rows outlive a killed job, and all shards of a map fill one folder.
        bands=f"{RESULTS}/bands/{{scene}}/{{network}}",
    shell:
        command("predict_shard") + " --shard {wildcards.shard} --model {input.model:q} --engine {input.engine:q}"
        " --image {input.image:q} --finished {output.finished:q} --bands {params.bands:q}"
        " --threads {threads} --log {log:q}"


rule predict:
    input:
        model=lambda wildcards: model_file(wildcards.network),
        engine=lambda wildcards: engine_folder(wildcards.network),
        image=f"{SCENE}/image.tif",
        shards=shards,
    output:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
        values=f"{PROBABILITIES}/values.json",
    log:
        f"{RESULTS}/logs/predict/{{scene}}/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/predict/{{scene}}/{{network}}.jsonl"
    wildcard_constraints:
        network=one_of(RUN.model_networks),
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(SCENES) * len(RUN.model_networks))
    resources:
        mem_mb=memory(2000, per_width=150, per_thread=300),
        runtime=minutes(60, per_input=0.5),
        gpu=gpus,
    params:
        settings=settings_and_states("predict", model_from_outside),
        bands=f"{RESULTS}/bands/{{scene}}/{{network}}",
        timing=f"{RESULTS}/timings/predict/{{scene}}/{{network}}.json",
    shell:
        command("predict") + " --model {input.model:q} --engine {input.engine:q} --image {input.image:q}"
        " --shards {input.shards:q} --probabilities {output.probabilities:q} --values {output.values:q}"
        " --bands {params.bands:q} --timing {params.timing:q} --threads {threads} --log {log:q}"


rule refine:
    input:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
        image=f"{SCENE}/image.tif",
        parameters=lambda wildcards: found_parameters(wildcards.network, wildcards.refinement),
        values=f"{PROBABILITIES}/values.json",
    output:
        classes=f"{MAP}/classes.tif",
        confidence=f"{MAP}/confidence.tif",
        changes=f"{MAP}/changes.json",
    log:
        f"{RESULTS}/logs/refine/{{scene}}/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/refine/{{scene}}/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(SCENES) * len(RUN.maps))
    resources:
        mem_mb=memory(1000, per_width=50, per_thread=1000),
        runtime=minutes(60, per_input=0.3),
    params:
        settings=settings("refine"),
    shell:
        command("refine") + " --refinement {wildcards.refinement}"
        " --probabilities {input.probabilities:q} --image {input.image:q} --parameters {input.parameters:q}"
        " --values {input.values:q} --classes {output.classes:q} --confidence {output.confidence:q}"
        " --changes {output.changes:q} --threads {threads} --log {log:q}"
