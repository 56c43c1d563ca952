# Objects one by one: their reference, detectors, candidates, and what stays of them.


rule outline:
    input:
        image=plan.places.of_scene("image.tif"),
        labels=lambda wildcards: plan.raw.objects(wildcards.scene),
        siblings=lambda wildcards: plan.raw.siblings_of_objects(wildcards.scene),
    output:
        outlines=plan.places.of_scene("objects.gpkg"),
    log:
        plan.places.log("outline"),
    benchmark:
        plan.places.benchmark("outline")
    wildcard_constraints:
        scene=one_of(plan.labelled),
    # The forecast waits for it, and is to come before the trainings.
    priority: 10
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=2),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("outline", plan.raw.given_objects),
    shell:
        plan.command("outline")


rule detect_shard:
    input:
        model=lambda wildcards: plan.model_file(wildcards.detector),
        image=plan.places.of_scene("image.tif"),
    output:
        finished=plan.places.of_detector("shards/{shard}.txt"),
    log:
        plan.places.log("detect_shard"),
    benchmark:
        plan.places.benchmark("detect_shard")
    wildcard_constraints:
        detector=one_of(plan.run.detectors_with_file),
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(plan.detection_jobs)
    resources:
        mem_mb=plan.resources.memory(2000, per_width=50, per_thread=800),
        runtime=plan.resources.minutes(60, per_input=0.5),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("detect_shard", plan.raw.given_model),
        # Not an output: rows of tiles outlive a killed job, and all shards of a scene fill one folder.
        strips=plan.places.of_run("strips/{scene}/{detector}"),
    shell:
        plan.command("detect_shard")


rule detect:
    input:
        model=lambda wildcards: plan.model_file(wildcards.detector),
        image=plan.places.of_scene("image.tif"),
        shards=plan.detect_shards,
    output:
        candidates=plan.places.of_detector("candidates.parquet"),
    log:
        plan.places.log("detect"),
    benchmark:
        plan.places.benchmark("detect")
    wildcard_constraints:
        detector=one_of(plan.run.detectors_with_file),
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(len(plan.scenes) * len(plan.run.detectors_with_file))
    resources:
        mem_mb=plan.resources.memory(2000, per_width=50, per_thread=800),
        runtime=plan.resources.minutes(60, per_input=0.5),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("detect", plan.raw.given_model),
        strips=plan.places.of_run("strips/{scene}/{detector}"),
        timing=plan.places.of_run("timings/detect/{scene}/{detector}.json"),
    shell:
        plan.command("detect")


rule suppress:
    input:
        candidates=plan.found_candidates,
        parameters=plan.found_parameters,
    output:
        survivors=plan.places.of_objects("survivors.parquet"),
    log:
        plan.places.log("suppress"),
    benchmark:
        plan.places.benchmark("suppress")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=30),
        runtime=plan.resources.minutes(30, per_input=0.5),
    params:
        settings=plan.settings("suppress"),
    shell:
        plan.command("suppress")


rule select:
    input:
        survivors=plan.places.of_objects("survivors.parquet"),
        image=plan.places.of_scene("image.tif"),
        matches=plan.choice_of_score,
        classes=plan.divided_map,
    output:
        objects=plan.places.of_objects("objects.gpkg"),
        shapefile=plan.in_format("shapefile", plan.places.of_objects("objects.gpkg")),
        flatgeobuf=plan.in_format("flatgeobuf", plan.places.of_objects("objects.gpkg")),
        geoparquet=plan.in_format("geoparquet", plan.places.of_objects("objects.gpkg")),
    log:
        plan.places.log("select"),
    benchmark:
        plan.places.benchmark("select")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        # a region of a map that objects divide takes 1 GB at most
        mem_mb=plan.resources.memory(2000 if plan.run.object_map else 1000, per_input=50),
        runtime=plan.resources.minutes(30, per_input=0.5),
    params:
        settings=plan.settings("select"),
    shell:
        plan.command("select", without=plan.formats_left_out)
