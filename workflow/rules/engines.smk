# What computes a trained network: its exchange files, and the engine that is fastest here.


rule export:
    input:
        model=lambda wildcards: plan.model_file(wildcards.network),
    output:
        onnx=plan.places.of_model("model.onnx"),
        deepness=plan.places.of_model("deepness.onnx"),
    log:
        plan.places.log("export"),
    benchmark:
        plan.places.benchmark("export")
    wildcard_constraints:
        network=one_of(plan.names_with_layers),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(3000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("export", plan.raw.given_model),
    shell:
        plan.command("export")


rule export_detector:
    input:
        model=lambda wildcards: plan.model_file(wildcards.detector),
    output:
        onnx=plan.places.of_detector_model("model.onnx"),
    log:
        plan.places.log("export_detector"),
    benchmark:
        plan.places.benchmark("export_detector")
    wildcard_constraints:
        detector=one_of(plan.with_rasters),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(3000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("export_detector", plan.raw.given_model),
    shell:
        plan.command("export_detector")


rule accelerate:
    input:
        model=lambda wildcards: plan.model_file(wildcards.network),
        onnx=plan.places.of_model("model.onnx"),
        # The first scene is enough where nothing is trained.
        images=plan.if_trained(*plan.labelled_images()) or plan.images()[:1],
        references=plan.if_trained(*plan.references()),
        split=lambda wildcards: plan.if_trained(plan.of_fold(plan.places.split, wildcards.network)),
    output:
        engine=directory(plan.places.of_model("engine")),
    log:
        plan.places.log("accelerate"),
    benchmark:
        plan.places.benchmark("accelerate")
    wildcard_constraints:
        network=one_of(plan.names_with_layers),
    conda:
        "../../environment.yml"
    # As many as prediction gets, so that speed is measured as it will be used.
    threads: plan.share_of_cores(plan.prediction_jobs)
    resources:
        mem_mb=plan.resources.memory(4000),
        runtime=plan.resources.minutes(60),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("accelerate", plan.raw.given_model),
    shell:
        plan.command("accelerate")
