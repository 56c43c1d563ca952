# Maps of every scene, by every network and every refinement.


rule predict_shard:
    input:
        model=lambda wildcards: plan.model_file(wildcards.network),
        engine=lambda wildcards: plan.engine(wildcards.network),
        image=plan.places.of_scene("image.tif"),
    output:
        finished=plan.places.of_network("shards/{shard}.txt"),
    log:
        plan.places.log("predict_shard"),
    benchmark:
        plan.places.benchmark("predict_shard")
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(plan.prediction_jobs)
    resources:
        mem_mb=plan.resources.memory(2000, per_width=150, per_thread=800),
        runtime=plan.resources.minutes(60, per_input=0.5),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("predict_shard", plan.raw.given_model),
        # Not an output: strips outlive a killed job, and all shards of a map fill one folder.
        strips=plan.places.of_run("strips/{scene}/{network}"),
    shell:
        plan.command("predict_shard")


rule predict:
    input:
        model=lambda wildcards: plan.model_file(wildcards.network),
        engine=lambda wildcards: plan.engine(wildcards.network),
        image=plan.places.of_scene("image.tif"),
        shards=plan.shards,
    output:
        probabilities=plan.places.of_network("probabilities.tif"),
        values=plan.places.of_network("values.json"),
    log:
        plan.places.log("predict"),
    benchmark:
        plan.places.benchmark("predict")
    wildcard_constraints:
        network=one_of(plan.names_with_file),
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(len(plan.scenes) * len(plan.run.models_with_file))
    resources:
        mem_mb=plan.resources.memory(2000, per_width=150, per_thread=800),
        runtime=plan.resources.minutes(60, per_input=0.5),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("predict", plan.raw.given_model),
        strips=plan.places.of_run("strips/{scene}/{network}"),
        timing=plan.places.of_run("timings/predict/{scene}/{network}.json"),
    shell:
        plan.command("predict")


rule refine:
    input:
        probabilities=plan.places.of_network("probabilities.tif"),
        image=plan.places.of_scene("image.tif"),
        parameters=lambda wildcards: plan.parameters(wildcards.network, wildcards.refinement),
        values=plan.places.of_network("values.json"),
    output:
        classes=plan.places.of_map("classes.tif"),
        confidence=plan.places.of_map("confidence.tif"),
        changes=plan.places.of_map("changes.json"),
    log:
        plan.places.log("refine"),
    benchmark:
        plan.places.benchmark("refine")
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(plan.map_jobs)
    resources:
        mem_mb=plan.resources.memory(1000, per_width=50, per_thread=1000),
        runtime=plan.resources.minutes(60, per_input=0.3),
    params:
        settings=plan.settings("refine"),
    shell:
        plan.command("refine")
