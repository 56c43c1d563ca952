# What computes a trained network: its exchange files, and the engine that is fastest here.


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
        mem_mb=memory(3000),
        runtime=minutes(30),
    params:
        settings=settings_and_states("export", model_from_outside),
    shell:
        command("export") + " --model {input.model:q} --onnx {output.onnx:q} --deepness {output.deepness:q}"
        " --threads {threads} --log {log:q}"


rule tune:
    input:
        model=lambda wildcards: model_file(wildcards.network),
        onnx=f"{MODEL}/model.onnx",
        # The first scene is enough where nothing is trained.
        images=if_trained(*labelled_images()) or images()[:1],
        references=if_trained(*references()),
        split=lambda wildcards: if_trained(of_fold(SPLIT, wildcards.network)),
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
    threads: share_of_cores(prediction_jobs())
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
        gpu=gpus,
    params:
        settings=settings_and_states("tune", model_from_outside),
    shell:
        command("tune")
        + " --network {wildcards.network} --model {input.model:q} --onnx {input.onnx:q} --images @<(printf '%s\\n' {input.images:q})"
        " --references @<(printf '%s\\n' {input.references:q}) --split {input.split:q} --engine {output.engine:q}"
        " --threads {threads} --log {log:q}"
