# A batch of scenes as one folder, over the scenes that are finished; it works at any time, also while scenes failed.


rule gather:
    input:
        images=lambda wildcards: images(),
        classes=lambda wildcards: of_maps("classes.tif"),
        confidences=lambda wildcards: of_maps("confidence.tif"),
        polygons=lambda wildcards: polygons(),
        models=[model_file(network) for network in RUN.model_networks],
        engines=[engine_folder(network) for network in WITH_LAYERS],
        comparison=if_labelled(f"{RESULTS}/comparison.json"),
        report=f"{RESULTS}/report.html",
        failed=failed_table(),
    output:
        folder=directory(f"{RESULTS}/gathered"),
    log:
        f"{RESULTS}/logs/gather.log",
    benchmark:
        f"{RESULTS}/benchmarks/gather.jsonl"
    conda:
        "../../environment.yml"
    threads: CORES
    resources:
        mem_mb=memory(4000),
        runtime=minutes(480),
    params:
        settings=settings("gather"),
    shell:
        command("gather") + " --images @<(printf '%s\\n' {input.images:q})"
        " --classes @<(printf '%s\\n' {input.classes:q}) --confidences @<(printf '%s\\n' {input.confidences:q})"
        " --polygons @<(printf '%s\\n' {input.polygons:q}) --models {input.models:q} --engines {input.engines:q}"
        " --comparison {input.comparison:q} --report {input.report:q} --failed {input.failed:q}"
        " --folder {output.folder:q} --threads {threads} --log {log:q}"
